import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { Window } from './window.js';

const LIMITS = { messages: 3, bytes: 1_000 };

function windowOf(limits = LIMITS): { window: Window<string>; cursors: number[] } {
  const cursors: number[] = [];
  return { window: new Window(limits, (cursor) => cursors.push(cursor)), cursors };
}

describe('the window', () => {
  it('moves the cursor when all before it is settled, in whatever order', () => {
    const { window, cursors } = windowOf();
    const [a, b] = [window.take(1, 'a'), window.take(1, 'b')];
    window.mark(10);
    const c = window.take(1, 'c');
    window.mark(20);
    window.settle(c);
    window.settle(b);
    expect(cursors).toEqual([]);
    expect(window.oldest).toBe('a');
    window.settle(a);
    expect(cursors).toEqual([10, 20]);
  });

  it('moves the cursor at once where nothing is in flight', () => {
    const { window, cursors } = windowOf();
    window.mark(5);
    expect(cursors).toEqual([5]);
  });

  it('bounds the span, not only the count', async () => {
    const { window } = windowOf();
    const [a, b, c] = [window.take(1, 'a'), window.take(1, 'b'), window.take(1, 'c')];
    window.settle(b);
    window.settle(c);
    expect(window.size).toBe(1);
    expect(window.hasRoom).toBe(false);
    const room = window.room();
    window.settle(a);
    await room;
    expect(window.hasRoom).toBe(true);
  });

  it('bounds the bytes, and lets one large message pass alone', () => {
    const { window } = windowOf();
    const large = window.take(5_000, 'large');
    expect(window.hasRoom).toBe(false);
    window.settle(large);
    window.take(999, 'a');
    expect(window.hasRoom).toBe(true);
    window.take(1, 'b');
    expect(window.hasRoom).toBe(false);
  });

  it('gives room when its limits are widened', async () => {
    const { window } = windowOf({ messages: 1, bytes: 1_000 });
    window.take(1, 'a');
    const room = window.room();
    window.limits = LIMITS;
    await room;
  });

  it('ends all waiting when it fails, and counts no later acknowledgement', async () => {
    const { window, cursors } = windowOf({ messages: 1, bytes: 1 });
    const ticket = window.take(1, 'a');
    window.mark(9);
    const waits = [window.room(), window.empty()];
    window.fail(new Error('gone'));
    for (const wait of waits) await expect(wait).rejects.toThrow('gone');
    expect(window.settle(ticket)).toBe(false);
    expect(cursors).toEqual([]);
    await expect(window.room()).rejects.toThrow('gone');
  });

  it('settles nothing twice', () => {
    const { window } = windowOf();
    const ticket = window.take(1, 'a');
    expect([window.settle(ticket), window.settle(ticket), window.settle(99)]).toEqual([true, false, false]);
  });

  it('never lets the cursor pass an unsettled message, whatever happens', () => {
    const step = fc.oneof(
      fc.constant('send' as const),
      fc.constant('mark' as const),
      fc.nat(40).map((pick) => ({ settle: pick })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const open = new Set<number>();
        const sentBefore = new Map<number, number>();
        let sent = 0;
        const window = new Window<number>({ messages: 10, bytes: 1e9 }, (cursor) => {
          for (const ticket of open) expect(ticket).toBeGreaterThanOrEqual(sentBefore.get(cursor)!);
        });
        for (const [at, each] of steps.entries()) {
          if (each === 'send' && window.hasRoom) {
            open.add(window.take(1, sent++));
          } else if (each === 'mark') {
            sentBefore.set(at, sent);
            window.mark(at);
          } else if (typeof each === 'object') {
            const ticket = [...open][each.settle % Math.max(1, open.size)];
            if (ticket === undefined) continue;
            open.delete(ticket);
            window.settle(ticket);
          }
          expect(window.size).toBe(open.size);
          expect(sent - Math.min(sent, ...open)).toBeLessThanOrEqual(10);
        }
      }),
    );
  });
});
