import { describe, expect, it } from 'vitest';
import { PollTally } from './poll-tally.js';

describe('the tally of a poller', () => {
  it('counts the polls of the window; lateness only of those that could be asked in time', () => {
    const tally = new PollTally({ measuredFromUs: 1_000, endUs: 5_000 });
    const poll = (dueUs: number, freeUs: number, askedUs: number, merged: readonly number[] = []): void =>
      tally.asked({ dueUs, freeUs, askedUs, answeredUs: askedUs + 500, merged });
    poll(900, 0, 905);
    poll(1_000, 905, 1_010);
    poll(2_000, 1_510, 2_030);
    poll(2_400, 2_530, 2_531, [2_450, 2_500]);
    poll(4_900, 3_000, 4_900, [5_000]);
    poll(5_000, 4_950, 5_000);
    const record = tally.record();
    expect(record).toMatchObject({ asked: 4, merged: 2, latenessMaxUs: 30, roundTripMeanUs: 500 });
    expect(record.latenessMeanUs).toBeCloseTo((10 + 30 + 0) / 3);
  });

  it('of nothing is zeros', () => {
    const record = new PollTally({ measuredFromUs: 0, endUs: 1 }).record();
    expect(Object.values(record)).toEqual([0, 0, 0, 0, 0]);
  });
});
