import { describe, expect, it } from 'vitest';
import type { SinkStatus } from '../sinks/sink.js';
import { StorePaces } from './store-paces.js';

const STATUS: SinkStatus = {
  ...{ name: 's', kind: 'duckdb', state: 'running', cursor: 0, readings: 0, quarantined: 0, skipped: [] },
  ...{ error: null, errorCode: null },
};

/** A log that grows and a store that takes in, each at its pace, for a minute. */
function afterAMinute(logPerS: number, storePerS: number) {
  const time = { nowUs: 1e15 };
  let durable: (to: number) => void = () => undefined;
  let status: (status: SinkStatus) => void = () => undefined;
  const paces = new StorePaces({
    onDurable: (listener) => ((durable = listener), () => undefined),
    onStatus: (listener) => ((status = listener), () => undefined),
    clock: { utcUs: () => time.nowUs, monotonicUs: () => time.nowUs },
  });
  for (let i = 0; i <= 600; i++) {
    durable(1e9 + (i * logPerS) / 10);
    status({ ...STATUS, cursor: (i * storePerS) / 10 });
    time.nowUs += 1e5;
  }
  return { paces, nowUs: time.nowUs };
}

describe('StorePaces', () => {
  it('estimates when a store has caught up: by what it gains on the log', () => {
    const { paces, nowUs } = afterAMinute(1_000, 5_000);
    const seconds = (paces.caughtUpUs('s', 40_000, nowUs)! - nowUs) / 1e6;
    expect(seconds).toBeGreaterThan(8);
    expect(seconds).toBeLessThan(12);
  });

  it('knows none for a store that loses ground, stands still, or is not known', () => {
    expect(afterAMinute(1_000, 900).paces.caughtUpUs('s', 40_000, 1e15 + 60e6)).toBeNull();
    expect(afterAMinute(0, 0).paces.caughtUpUs('s', 40_000, 1e15 + 60e6)).toBeNull();
    expect(afterAMinute(0, 10).paces.caughtUpUs('other', 40_000, 1e15 + 60e6)).toBeNull();
  });

  it('is now where nothing lags', () => {
    const { paces, nowUs } = afterAMinute(1_000, 1_000);
    expect(paces.caughtUpUs('s', 0, nowUs)).toBe(nowUs);
  });
});
