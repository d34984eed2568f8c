/** A device with which all is well, and ways to spoil it. */
import type { DeviceFacts, Facts } from './facts.js';

export const NOW_US = Date.UTC(2026, 10, 22, 12) * 1e3;
export const ago = (seconds: number): number => NOW_US - seconds * 1e6;

export const HEALTHY_DEVICE: DeviceFacts = {
  state: 'online',
  sinceUs: ago(3_600),
  connection: {
    sinceUs: ago(3_600),
    remote: '192.0.2.7',
    clock: { source: 'synced', uncertaintyUs: 1_200 },
    implausibleClockUs: null,
  },
  former: null,
  takeovers: [],
  lastSeenUs: ago(0.4),
  lastReadingUs: ago(0.4),
  postedUs: null,
  channels: [
    { name: 'boiler/temperature', intervalMs: 1_000, lastUs: ago(0.4), logOffset: 900 },
    { name: 'boiler/flow', intervalMs: 1_000, lastUs: ago(0.9), logOffset: 800 },
    { name: 'boiler/alarm', intervalMs: null, lastUs: null, logOffset: 0 },
  ],
  sources: [{ name: 'boiler', port: 'open', portUs: ago(3_600), discardedBytes: 0, discardedUs: null }],
  rejects: [],
  loss: { frames: 0, lastUs: null, reason: null },
  backlog: { frames: 0, framesPerSecond: 0, readings: null, oldestUs: null, endUs: null },
  quarantined: [],
};

export const HEALTHY: Facts = {
  ...{ nowUs: NOW_US, hubStartedUs: ago(86_400), device: 'pi-1', channel: null, known: HEALTHY_DEVICE },
  ...{ nearest: [], refused: [], log: { state: 'ok', error: null } },
  stores: [
    {
      name: 'duckdb',
      state: 'running',
      error: null,
      retryAtUs: null,
      cursor: 1_000,
      lagBytes: 0,
      caughtUpUs: NOW_US,
    },
  ],
};

/** The healthy facts, with parts of the device's, and of the rest, replaced. */
export function facts(device: Partial<DeviceFacts> | null, rest: Partial<Facts> = {}): Facts {
  return { ...HEALTHY, known: device === null ? null : { ...HEALTHY_DEVICE, ...device }, ...rest };
}
