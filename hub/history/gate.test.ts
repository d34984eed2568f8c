import { describe, expect, it } from 'vitest';
import { Gate } from './gate.js';

interface Held {
  readonly done: Promise<void>;
  readonly leave: () => void;
  readonly stop: AbortController;
}

/** Work that goes on until it is let go; its name is noted when it begins. */
function enter(gate: Gate, name: string, begun: string[]): Held {
  const stop = new AbortController();
  let leave = (): void => undefined;
  const work = new Promise<void>((resolve) => (leave = resolve));
  const done = gate.pass(() => {
    begun.push(name);
    return work;
  }, stop.signal);
  return { done, leave, stop };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a gate', () => {
  it('lets so many in at a time, in the order in which they came', async () => {
    const gate = new Gate({ running: 2, waiting: 10 });
    const begun: string[] = [];
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => enter(gate, name, begun));
    await settled();
    expect(begun).toEqual(['a', 'b']);
    b!.leave();
    await settled();
    expect(begun).toEqual(['a', 'b', 'c']);
    a!.leave();
    await settled();
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    for (const each of [c!, d!]) each.leave();
    await Promise.all([a!.done, b!.done, c!.done, d!.done]);
    const again = enter(gate, 'e', begun);
    expect(begun.at(-1)).toBe('e');
    again.leave();
    await again.done;
  });

  it('refuses those beyond, at once', async () => {
    const gate = new Gate({ running: 1, waiting: 1 });
    const [a, b, c] = ['a', 'b', 'c'].map((name) => enter(gate, name, []));
    await expect(c!.done).rejects.toMatchObject({
      code: 'history.busy',
      details: { running: 1, waiting: 1 },
    });
    a!.leave();
    b!.leave();
    await Promise.all([a!.done, b!.done]);
  });

  it('lets one that gives up go without its turn', async () => {
    const gate = new Gate({ running: 1, waiting: 2 });
    const begun: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => enter(gate, name, begun));
    b!.stop.abort(new Error('given up'));
    await expect(b!.done).rejects.toThrow('given up');
    a!.leave();
    c!.leave();
    await Promise.all([a!.done, c!.done]);
    expect(begun).toEqual(['a', 'c']);
  });

  it('gives the place of work that failed to the next', async () => {
    const gate = new Gate({ running: 1, waiting: 1 });
    const failing = gate.pass(() => Promise.reject(new Error('no')), new AbortController().signal);
    const next = enter(gate, 'next', []);
    await expect(failing).rejects.toThrow('no');
    next.leave();
    await next.done;
  });
});
