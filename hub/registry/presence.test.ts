import { describe, expect, it } from 'vitest';
import { SessionBench } from '../session/bench.testing.js';
import type { DeviceEntry } from './device.js';

const device = (bench: SessionBench): DeviceEntry => bench.ingest.device('pi-1', 0);

describe('presence', () => {
  it('is stale when readings stop for three intervals, online when they come again, offline without a connection', () => {
    const bench = new SessionBench({ deadlineMs: 3600_000 });
    const told: string[] = [];
    bench.presence.onChange((each) => told.push(bench.presence.of(each).state));
    const peer = bench.open();
    const look = (ms: number): void => {
      bench.time.pass(ms);
      bench.presence.lookAtAll();
    };
    // The channel expects a reading each second; delays of some seconds are forgiven.
    look(4_000);
    expect(told).toEqual(['online']);
    look(2_000);
    expect(told).toEqual(['online', 'stale']);
    peer.readings(2);
    look(100);
    expect(told).toEqual(['online', 'stale', 'online']);
    peer.ended();
    expect(told.at(-1)).toBe('offline');
    const { sinceUs } = bench.presence.of(device(bench));
    look(60_000);
    expect(bench.presence.of(device(bench))).toEqual({ state: 'offline', sinceUs });
  });

  it('is online for a device over HTTP while its posts keep coming', () => {
    const bench = new SessionBench();
    const entry = device(bench);
    entry.postedUs = bench.time.utcUs();
    bench.presence.look(entry);
    expect(bench.presence.of(entry).state).toBe('online');
    bench.time.pass(61_000);
    bench.presence.lookAtAll();
    expect(bench.presence.of(entry).state).toBe('offline');
  });
});
