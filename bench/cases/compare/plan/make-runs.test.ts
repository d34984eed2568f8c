import { temporaryFolder } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../record.js';
import type { RunPlan } from '../scenario.js';
import { makeRuns } from './make-runs.js';
import { planRuns, runKey } from './plan.js';
import { RunBook } from './run-book.js';
import { scenariosOf } from './sets.js';

const plans = planRuns(scenariosOf(['quick']), { repeats: 2, seconds: 1, warmUpS: 0, seed: 3 });

async function setUp(folder: string) {
  const book = await RunBook.open(folder, { commit: '', options: {}, plans }, false);
  const stop = new AbortController();
  const made: string[] = [];
  const lines: string[] = [];
  const parts: { done: number; remainingS: number }[] = [];
  const context = {
    signal: stop.signal,
    progress: (line: string) => void lines.push(line),
    advance: (part: { done: number; remainingS: number }) => void parts.push(part),
  };
  const make = (act: (plan: RunPlan) => void) => (plan: RunPlan) => {
    made.push(runKey(plan));
    act(plan);
    return Promise.resolve({ plan } as RunRecord);
  };
  return { book, stop, made, lines, parts, context, make };
}

describe('makeRuns', () => {
  it('goes on with the runs that are missing when it was stopped', async () => {
    const folder = await temporaryFolder();
    const first = await setUp(folder);
    const stopping = first.make(() => {
      if (first.made.length === 5) first.stop.abort();
    });
    await expect(makeRuns(plans, first.book, stopping, first.context)).rejects.toThrow(/abort/i);
    await first.book.close();
    const second = await setUp(folder);
    await makeRuns(
      plans,
      second.book,
      second.make(() => undefined),
      second.context,
    );
    expect([...first.made, ...second.made]).toEqual(plans.map(runKey));
    expect(second.parts[0]).toMatchObject({ done: 5 });
    expect(second.book.records).toHaveLength(plans.length);
  });

  it('tries a failed run again after the others, and says what failed for good', async () => {
    const { book, context, make, made, lines } = await setUp(await temporaryFolder());
    const [first, second] = plans.map(runKey);
    const failing = make((plan) => {
      const key = runKey(plan);
      if (key === first || (key === second && made.filter((each) => each === key).length === 1))
        throw new Error('no luck');
    });
    const failed = await makeRuns(plans, book, failing, context);
    expect(failed).toEqual([{ what: first?.split(' #')[0], why: 'no luck' }]);
    expect(made.slice(plans.length)).toEqual([first, second]);
    expect(book.records).toHaveLength(plans.length - 1);
    expect(lines).toHaveLength(3);
  });
});
