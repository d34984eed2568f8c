import { systemClock } from '@weir/runtime';
import { expect, it } from 'vitest';
import { ReadTime } from './read-time.js';

it('the time of a read is one time until the read is over', async () => {
  let nowUs = 5;
  const time = new ReadTime({ ...systemClock, utcUs: () => nowUs });
  expect(time.us).toBe(5);
  nowUs = 9;
  expect(time.us).toBe(5);
  await Promise.resolve();
  expect(time.us).toBe(9);
});
