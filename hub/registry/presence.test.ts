import { describe, expect, it } from 'vitest';
import { SessionRig } from '../session/rig.testing.js';
import type { DeviceEntry } from './device.js';

const device = (rig: SessionRig): DeviceEntry => rig.ingest.device('pi-1', 0);

describe('presence', () => {
  it('is stale when readings stop for three intervals, online when they come again, offline without a connection', () => {
    const rig = new SessionRig({ deadlineMs: 3600_000 });
    const told: string[] = [];
    rig.presence.onChange((each) => told.push(rig.presence.of(each).state));
    const peer = rig.open();
    const look = (ms: number): void => {
      rig.time.pass(ms);
      rig.presence.lookAtAll();
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
    const { sinceUs } = rig.presence.of(device(rig));
    look(60_000);
    expect(rig.presence.of(device(rig))).toEqual({ state: 'offline', sinceUs });
  });

  it('is online for a device over HTTP while its posts keep coming', () => {
    const rig = new SessionRig();
    const entry = device(rig);
    entry.postedUs = rig.time.utcUs();
    rig.presence.look(entry);
    expect(rig.presence.of(entry).state).toBe('online');
    rig.time.pass(61_000);
    rig.presence.lookAtAll();
    expect(rig.presence.of(entry).state).toBe('offline');
  });
});
