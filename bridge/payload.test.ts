import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { bridgeStatusPublication, deviceStatusPublication, lastWill, readingPublication } from './payload.js';
import { rfc3339 } from './rfc3339.js';
import { numbers, onlineDevice } from './stream/fake-hub.testing.js';

describe('rfc3339', () => {
  it.each([
    [0, '1970-01-01T00:00:00.000000Z'],
    [1, '1970-01-01T00:00:00.000001Z'],
    [-1, '1969-12-31T23:59:59.999999Z'],
    [1_780_000_000_123_456, '2026-05-28T20:26:40.123456Z'],
  ])('writes %d us as %s', (us, text) => expect(rfc3339(us)).toBe(text));

  it('is within the same millisecond as Date for any safe integer', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (us) => {
        expect(Date.parse(rfc3339(us))).toBe(Math.floor(us / 1000));
      }),
    );
  });
});

describe('payloads', () => {
  it('carry a value as it was read, and its identity', () => {
    const publication = readingPublication('t', numbers(7, [0.1, 21.57]), 1);
    expect(publication).toMatchObject({ topic: 't', retain: false, identity: '4294967301/7/1' });
    expect(JSON.parse(publication.payload)).toMatchObject({
      value: 21.57,
      unit: 'Cel',
      epoch: 4294967301,
      sequence: 7,
      index: 1,
    });
  });

  it.each([[true], ['open "door"\n']])('carry %j', (value) => {
    const batch = { ...numbers(1, [0]), values: [value] as boolean[] | string[] };
    expect(JSON.parse(readingPublication('t', batch, 0).payload)).toMatchObject({ value });
  });

  it('say what the hub says of a device', () => {
    const device = { ...onlineDevice('d'), state: 'stale' as const, since_us: 1_780_000_000_000_000.25 };
    expect(JSON.parse(deviceStatusPublication('t', device).payload)).toEqual({
      state: 'stale',
      since_us: 1_780_000_000_000_000.25,
      since: '2026-05-28T20:26:40.000000Z',
      last_seen_us: 1_780_000_001_000_000,
      agent: 'weir-agent/0.1.0',
      channels: 3,
      backlog_frames: 0,
      clock: { source: 'synced', uncertainty_us: 250 },
    });
  });

  it('of statuses and the will are retained', () => {
    expect(deviceStatusPublication('t', onlineDevice('d')).retain).toBe(true);
    expect(lastWill('t')).toMatchObject({
      retain: true,
      payload: '{"state":"offline","reason":"connection lost"}',
    });
    const status = {
      state: 'online',
      sinceUs: 0,
      reason: null,
      published: 3,
      refused: { 'too large': 1 },
    } as const;
    expect(bridgeStatusPublication('t', status).retain).toBe(true);
  });
});
