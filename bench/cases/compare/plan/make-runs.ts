/** Makes the runs that the book does not have yet. */
import { messageOf } from '@weir/runtime';
import type { BenchContext } from '../../../case.js';
import type { RunRecord } from '../record.js';
import type { NotMeasured } from '../results.js';
import { scenarioKey, type RunPlan } from '../scenario.js';
import type { RunBook } from './run-book.js';

/** What a run takes beside its windows, until the runs themselves tell: processes to start, a link to probe, s. */
const OVERHEAD_S = 2;
/** A run that fails is tried again, after all others. */
const ATTEMPTS = 2;

export type MakeRun = (plan: RunPlan) => Promise<RunRecord>;

/**
 * Makes the runs in their order and writes each into the book at once. One that fails holds up no other; what failed each
 * time is returned. Rejects when the signal aborts.
 */
export async function makeRuns(
  plans: readonly RunPlan[],
  book: RunBook,
  make: MakeRun,
  { signal, progress, advance }: Pick<BenchContext, 'signal' | 'progress' | 'advance'>,
): Promise<NotMeasured[]> {
  const pace = new Pace();
  let waiting = plans.filter((plan) => !book.has(plan));
  let failed: NotMeasured[] = [];
  for (let attempt = 0; attempt < ATTEMPTS && waiting.length > 0; attempt++) {
    failed = [];
    const again: RunPlan[] = [];
    for (const [index, plan] of waiting.entries()) {
      signal.throwIfAborted();
      const [done, total, what] = [book.records.length, plans.length, scenarioKey(plan.scenario)];
      advance({ done, total, what, remainingS: pace.expectedS([...waiting.slice(index), ...again]) });
      const startMs = performance.now();
      try {
        await book.add(await make(plan));
        pace.took(plan, (performance.now() - startMs) / 1000);
      } catch (error) {
        signal.throwIfAborted();
        progress(`${what}: ${messageOf(error)}`);
        failed.push({ what, why: messageOf(error) });
        again.push(plan);
      }
    }
    waiting = again;
  }
  return failed;
}

/** How long runs take, from those that were made. */
class Pace {
  #overheadS = 0;
  #runs = 0;

  took({ warmupS, measuredS }: RunPlan, seconds: number): void {
    this.#overheadS += seconds - warmupS - measuredS;
    this.#runs++;
  }

  expectedS(plans: readonly RunPlan[]): number {
    const overheadS = this.#runs === 0 ? OVERHEAD_S : this.#overheadS / this.#runs;
    return plans.reduce((sum, { warmupS, measuredS }) => sum + warmupS + measuredS + overheadS, 0);
  }
}
