/** Who makes the runs: a lab on this machine, or this machine against somebody's hub. */
import type { BenchContext } from '../../../case.js';
import type { DeviceProfile } from '../../../energy/device-profiles.js';
import { canNamespace } from '../../../network/link.js';
import type { CompareOptions } from '../options.js';
import type { MakeRun } from '../plan/make-runs.js';
import type { LinkMode, NotMeasured } from '../results.js';
import { Lab } from './lab.js';
import { runScenario } from './run-scenario.js';

export interface Runner {
  readonly mode: LinkMode;
  readonly run: MakeRun;
  readonly notMeasured: readonly NotMeasured[];
  /** What energy is modelled for. */
  readonly profiles: readonly DeviceProfile[];
  close(): Promise<void>;
}

/** Rejects with `bench.link_failed`. */
export async function openRunner(
  { link }: CompareOptions,
  dir: string,
  { signal }: BenchContext,
): Promise<Runner> {
  const why = link === 'auto' ? await canNamespace() : null;
  const mode = link !== 'auto' ? link : why === null ? 'namespaces' : 'proxy';
  const lab = await Lab.open({ signal, dir, mode });
  return {
    mode,
    run: (plan) => runScenario(plan, lab),
    notMeasured: why === null ? [] : [{ what: 'packets, which are estimated', why }],
    profiles: lab.profiles,
    close: () => lab.close(),
  };
}
