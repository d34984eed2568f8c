import { expect, it, onTestFinished } from 'vitest';
import { waitFor } from '@weir/testing';
import { seededEntropy, systemClock } from '@weir/runtime';
import { DelayLine } from './delay-line.js';

function delayLine(): DelayLine {
  const line = new DelayLine();
  onTestFinished(() => line.close());
  return line;
}

it('lets go in order, nothing before it is due, whatever was due first', async () => {
  const line = delayLine();
  const entropy = seededEntropy(1);
  const released: number[] = [];
  const early: number[] = [];
  for (let at = 0; at < 3_000; at++) {
    const dueUs = systemClock.monotonicUs() + entropy.integer(0, 30_000);
    line.push(dueUs, () => {
      released.push(at);
      if (systemClock.monotonicUs() < dueUs) early.push(at);
    });
    if (at % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await waitFor(() => line.length === 0);
  expect(released).toEqual([...released.keys()]);
  expect(released).toHaveLength(3_000);
  expect(early).toEqual([]);
});

it('lets go of nothing once it is closed', async () => {
  const line = new DelayLine();
  const released: string[] = [];
  line.push(systemClock.monotonicUs(), () => released.push('first'));
  await waitFor(() => released.length > 0);
  line.push(systemClock.monotonicUs() + 200_000, () => released.push('second'));
  await line.close();
  expect(line.length).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(released).toEqual(['first']);
});
