/** Who makes the runs: a lab on this machine, or this machine against somebody's hub. */
import type { BenchContext } from '../../../case.js';
import type { CompareOptions } from '../options.js';
import type { MakeRun } from '../plan/make-runs.js';
import type { LinkMode } from '../results.js';
import { Lab } from './lab.js';
import { runScenario } from './run-scenario.js';

export interface Runner {
  readonly mode: LinkMode;
  readonly run: MakeRun;
  close(): Promise<void>;
}

/** Rejects with `bench.link_failed`. */
export async function openRunner(
  { link }: CompareOptions,
  dir: string,
  { signal }: BenchContext,
): Promise<Runner> {
  const lab = await Lab.open({ signal, dir, ...(link === 'auto' ? {} : { mode: link }) });
  return {
    mode: lab.mode,
    run: (plan) => runScenario(plan, lab),
    close: () => lab.close(),
  };
}
