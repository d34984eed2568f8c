import { describe, expect, it } from 'vitest';
import { retryDelayMs } from './backoff.js';
import {
  decodeChannel,
  decodeDevice,
  decodeFindings,
  decodeReadings,
  decodeStats,
  decodeStreamMessage,
  decodeTotals,
} from './decode.js';
import { HubError } from './errors.js';
import { JsonObject } from './json.js';

describe('what the hub says', () => {
  it('is read as a device', () => {
    const device = decodeDevice(
      new JsonObject({
        device: 'a',
        state: 'online',
        last_seen_us: 5,
        clock: { source: 'synced', uncertainty_us: 9 },
      }),
    );
    expect(device).toMatchObject({ device: 'a', state: 'online', lastSeenUs: 5, connectedSinceUs: null });
    expect(device.clock).toEqual({ source: 'synced', uncertaintyUs: 9 });
    expect(decodeDevice(new JsonObject({ device: 'a', state: 'asleep' })).state).toBe('offline');
  });

  it('is read as a channel, with and without a last value', () => {
    const named = { channel: 'c', type: 'boolean', unit: '', interval_ms: null };
    expect(decodeChannel(new JsonObject({ ...named, last: { time_us: 3, value: false } })).last).toEqual({
      timeUs: 3,
      value: false,
    });
    expect(decodeChannel(new JsonObject({ ...named, last: null })).last).toBeNull();
  });

  it('is read as readings; empty steps are left out', () => {
    const page = decodeReadings(
      new JsonObject({ times_us: [1, 2, 3], values: [5, null, 7], next_cursor: 42 }),
    );
    expect(page).toEqual({ timesUs: [1, 3], values: [5, 7], nextCursor: '42' });
  });

  it('is read as counters', () => {
    const sinks = [
      { name: 'main', kind: 'duckdb', state: 'running', cursor: 10, lag_bytes: 3, skipped: [{}] },
    ];
    const streams = [{ name: 'bridge', lag_bytes: 8 }];
    const stats = decodeStats(
      new JsonObject({ hub: { version: '1' }, log: { durable: 4 }, ingest: {}, sinks, streams }),
    );
    expect(stats).toMatchObject({ version: '1', streams: [{ name: 'bridge', lagBytes: 8 }] });
    expect(stats.log).toMatchObject({ durable: 4, error: null, problems: 0 });
    expect(stats.sinks[0]).toMatchObject({
      kind: 'duckdb',
      state: 'running',
      cursor: 10,
      lagBytes: 3,
      skipped: 1,
    });
  });

  it('is read as findings and totals', () => {
    const findings = [{ severity: 'error', code: 'a.b', message: 'm', advice: 'do' }, { severity: 'odd' }];
    expect(decodeFindings(new JsonObject({ findings }))).toEqual([
      { severity: 'error', code: 'a.b', message: 'm', advice: 'do' },
      { severity: 'note', code: '', message: '', advice: '' },
    ]);
    const totals = { stored: 5, expired: 3, expired_by: { a: 1, b: 2, c: 'x' } };
    expect(decodeTotals(new JsonObject(totals))).toEqual({
      ...{ stored: 5, pending: 0, expired: 3, rejected: 0, rejectedBy: [] },
      expiredBy: [
        ['b', 2],
        ['a', 1],
      ],
    });
  });

  it('is read as messages of the stream; unknown ones are none', () => {
    const batch = { device: 'd', channel: 'c', kind: 'text', unit: '', times_us: [1], values: ['x'] };
    expect(decodeStreamMessage(JSON.stringify({ type: 'readings', cursor: '7', batches: [batch] }))).toEqual({
      type: 'readings',
      cursor: '7',
      batches: [{ device: 'd', channel: 'c', type: 'text', unit: '', timesUs: [1], values: ['x'] }],
    });
    expect(decodeStreamMessage('{"type":"caught_up","cursor":"9"}')).toEqual({
      type: 'caught_up',
      cursor: '9',
    });
    expect(decodeStreamMessage('{"type":"weather"}')).toBeNull();
  });

  it.each(['', '[]', 'null', '7', '{"a":'])('is refused when it is %j', (text) => {
    expect(() => JsonObject.parse(text)).toThrow(HubError);
  });
});

describe('waits between attempts', () => {
  it('are spread below a ceiling that doubles up to 15 s', () => {
    expect([0, 1, 2, 5, 99].map((failures) => retryDelayMs(failures, () => 1))).toEqual([
      500, 1_000, 2_000, 15_000, 15_000,
    ]);
    expect(retryDelayMs(9, () => 0)).toBe(0);
  });
});
