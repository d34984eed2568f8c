import { describe, expect, it, vi } from 'vitest';
import type { Stats } from '../api/types.js';
import { LateReadings } from './late-readings.js';

function setUp(storeCursor: number | null) {
  vi.useFakeTimers();
  const store = { cursor: storeCursor, down: false };
  const forgotten: (string | undefined)[] = [];
  const stats = (): Promise<Stats> => {
    if (store.down) return Promise.reject(new Error('down'));
    const sinks = store.cursor === null ? [] : [{ kind: 'duckdb', cursor: store.cursor }];
    return Promise.resolve({ sinks } as unknown as Stats);
  };
  const late = new LateReadings({ stats }, { forget: (channel) => void forgotten.push(channel) });
  return { store, forgotten, late, pass: (ms: number) => vi.advanceTimersByTimeAsync(ms) };
}

describe('readings too late for the stream', () => {
  it('are fetched again every two seconds until the store has them', async () => {
    const { store, forgotten, late, pass } = setUp(50);
    late.expect(100, ['a']);
    late.expect(120, ['b', 'a']);
    await pass(2_000);
    expect(forgotten).toEqual(['a', 'b']);
    store.cursor = 120;
    await pass(2_000);
    expect(forgotten).toHaveLength(4);
    await pass(60_000);
    expect(forgotten).toHaveLength(4);
    late.expect(130, ['c']);
    await pass(2_000);
    expect(forgotten.at(-1)).toBe('c');
  });

  it('are of all channels where the stream could not say', async () => {
    const { forgotten, late, pass } = setUp(200);
    late.expect(100, null);
    await pass(2_000);
    expect(forgotten).toEqual([undefined]);
  });

  it('are asked for in vain only while the hub does not answer, or nothing of this device came', async () => {
    const { store, forgotten, late, pass } = setUp(200);
    late.expect(100, []);
    await pass(10_000);
    store.down = true;
    late.expect(100, ['a']);
    await pass(10_000);
    expect(forgotten).toEqual([]);
    store.down = false;
    await pass(2_000);
    expect(forgotten).toEqual(['a']);
    late.expect(500, ['a']);
    late.close();
    await pass(60_000);
    expect(forgotten).toHaveLength(1);
  });
});
