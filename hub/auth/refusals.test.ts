import { describe, expect, it } from 'vitest';
import { deviceIn, Refusals } from './refusals.js';

function setUp() {
  const time = { nowUs: 0 };
  const refusals = new Refusals({ utcUs: () => time.nowUs, monotonicUs: () => time.nowUs });
  return { time, refusals };
}

const at = (remote: string, device: string | null = null, holder: string | null = null) => {
  return { remote, device, holder };
};

describe('Refusals', () => {
  it('counts what repeats, with first and last time', () => {
    const { time, refusals } = setUp();
    refusals.note(at('192.0.2.1', 'pi-1'), 'auth.unauthorized', 'unknown token');
    time.nowUs = 5e6;
    refusals.note(at('192.0.2.1', 'pi-1'), 'auth.unauthorized', 'unknown token');
    expect(refusals.of('pi-1', null)).toEqual([
      {
        ...at('192.0.2.1', 'pi-1'),
        ...{ code: 'auth.unauthorized', message: 'unknown token', count: 2, firstUs: 0, lastUs: 5e6 },
      },
    ]);
  });

  it('finds a device by the name it gave, else by its address; latest first', () => {
    const { refusals } = setUp();
    refusals.note(at('192.0.2.1', 'pi-2'), 'auth.unauthorized', 'of another device');
    refusals.note(at('192.0.2.1'), 'auth.unauthorized', 'nameless');
    refusals.note(at('192.0.2.9', 'pi-1', 'lab'), 'auth.forbidden', 'named');
    refusals.note(at('192.0.2.9'), 'hub.busy', 'elsewhere');
    expect(refusals.of('pi-1', '192.0.2.1').map(({ message }) => message)).toEqual(['named', 'nameless']);
    expect(refusals.of('pi-1', null).map(({ message }) => message)).toEqual(['named']);
  });

  it('stays small under a flood, and forgets the oldest', () => {
    const { refusals } = setUp();
    refusals.note(at('192.0.2.1', 'old'), 'auth.unauthorized', 'x');
    refusals.note(at('192.0.2.1', 'kept'), 'auth.unauthorized', 'x');
    for (let i = 0; i < 999; i++) refusals.note(at(`10.0.${i >> 8}.${i & 255}`), 'auth.unauthorized', 'x');
    expect(refusals.of('old', null)).toEqual([]);
    expect(refusals.of('kept', null)).toHaveLength(1);
  });
});

describe('deviceIn', () => {
  it.each([
    ['device=pi-1', 'pi-1'],
    ['', null],
    ['device=', null],
    [`device=${'x'.repeat(129)}`, null],
    ['device=%00%1b[2J', null],
  ])('%j -> %j', (query, expected) => {
    expect(deviceIn(new URLSearchParams(query))).toBe(expected);
  });
});
