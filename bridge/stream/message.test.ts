import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { WeirError } from '@weir/runtime';
import { numbers, onlineDevice } from './fake-hub.testing.js';
import { parseStreamMessage } from './message.js';

const readings = (batch: object): string =>
  JSON.stringify({ type: 'readings', cursor: '12', batches: [{ ...numbers(1, [1]), ...batch }] });

describe('stream messages', () => {
  it('are readings, devices, caught_up and skipped', () => {
    expect(parseStreamMessage(readings({}))).toMatchObject({ type: 'readings', cursor: 12 });
    expect(parseStreamMessage('{"type":"caught_up","cursor":"9007199254740991"}')).toMatchObject({
      cursor: Number.MAX_SAFE_INTEGER,
    });
    expect(parseStreamMessage('{"type":"skipped","from":"1","to":"2","reason":"retention"}')).toMatchObject({
      to: 2,
    });
    const device = { ...onlineDevice('d'), remote: '127.0.0.1', readings: 5 };
    expect(parseStreamMessage(JSON.stringify({ type: 'device', device }))).toMatchObject({
      device: { state: 'online' },
    });
  });

  it('may say more than is known here', () => {
    expect(parseStreamMessage(readings({ clock: 'synced', later: 1 }))).toMatchObject({ type: 'readings' });
  });

  it.each([
    '',
    '[]',
    'null',
    '{"type":"caught_up"}',
    '{"type":"caught_up","cursor":"-1"}',
    '{"type":"caught_up","cursor":"1e3"}',
    '{"type":"caught_up","cursor":"9999999999999999"}',
    '{"type":"other"}',
    readings({ times_us: [1, 2] }),
    readings({ values: ['1'] }),
    readings({ values: [1, true], times_us: [1, 2] }),
    readings({ kind: 'boolean' }),
    readings({ times_us: [1e300] }),
    readings({ seq: 0 }),
    readings({ epoch: -1 }),
    readings({ device: 5 }),
  ])('are not %s', (json) =>
    expect(() => parseStreamMessage(json)).toThrow(expect.objectContaining({ code: 'bridge.bad_stream' })),
  );

  it('never throw anything but their own error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (json) => {
        try {
          parseStreamMessage(json);
        } catch (error) {
          expect(error).toBeInstanceOf(WeirError);
        }
      }),
    );
  });
});
