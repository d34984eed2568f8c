import { seededEntropy } from '@weir/runtime';
import { describe, expect, it } from 'vitest';
import { simulatedSensors } from './sensors.js';
import { dailyCycle, daylight, drift, noise, quantised, spikes, stuck, type Signal } from './signal.js';

const NOON = 1_790_000_000 - (1_790_000_000 % 86_400) + 43_200;

function sample(signal: Signal, count: number, everySeconds: number, from = NOON): number[] {
  return Array.from({ length: count }, (_, i) => signal(from + i * everySeconds));
}

const flat: Signal = () => 0;

describe('signals', () => {
  it('peaks once a day at its hour', () => {
    const day = sample(dailyCycle(20, 5, 14), 24, 3600, NOON - 43_200);
    expect(day.indexOf(Math.max(...day))).toBe(14);
    expect(Math.max(...day) - Math.min(...day)).toBeCloseTo(10, 6);
  });

  it('is dark by night', () => {
    const light = daylight(1000, seededEntropy(1));
    expect(light(NOON - 43_200)).toBe(0);
    expect(light(NOON)).toBeGreaterThan(100);
  });

  it('has the noise it is given', () => {
    const values = sample(noise(flat, 2, seededEntropy(2)), 20_000, 1);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(Math.abs(deviation - 2)).toBeLessThan(0.1);
  });

  it('drifts by small steps and comes back', () => {
    const values = sample(drift(flat, 0.1, 0.01, seededEntropy(3)), 10_000, 1);
    const steps = values.slice(1).map((value, i) => Math.abs(value - (values[i] ?? 0)));
    expect(Math.max(...steps)).toBeLessThan(1);
    expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(0.3);
    expect(Math.max(...values.map(Math.abs))).toBeLessThan(10);
  });

  it('spikes and sticks as often as told', () => {
    const spiky = sample(spikes(flat, 0.1, 50, seededEntropy(4)), 10_000, 1);
    expect(Math.abs(spiky.filter((value) => value !== 0).length - 1000)).toBeLessThan(200);
    let n = 0;
    const held = sample(
      stuck(() => n++, 0.05, 10, seededEntropy(5)),
      1000,
      1,
    );
    expect(held.filter((value, i) => i > 0 && value === held[i - 1]).length).toBeGreaterThan(50);
  });

  it('has the resolution and the range of its converter', () => {
    for (const value of sample(quantised(noise(flat, 100, seededEntropy(6)), 1, -50, 50), 1000, 1)) {
      expect(value).toBe(Number(value.toFixed(1)));
      expect(Math.abs(value)).toBeLessThanOrEqual(50);
    }
  });
});

describe('simulatedSensors', () => {
  it('gives different names for any count, and the same history for the same seed', () => {
    const [first, second] = [0, 1].map(() => simulatedSensors(20, seededEntropy(9)));
    expect(new Set(first?.map(({ name }) => name)).size).toBe(20);
    for (let at = NOON; at < NOON + 60; at++) {
      expect(first?.map(({ signal }) => signal(at))).toEqual(second?.map(({ signal }) => signal(at)));
    }
  });
});
