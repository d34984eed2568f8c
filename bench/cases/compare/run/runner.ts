/** Who makes the runs: a lab on this machine, or this machine against somebody's hub. */
import type { BenchContext } from '../../../case.js';
import { deviceProfiles, type DeviceProfile } from '../../../energy/device-profiles.js';
import { meteringWith } from '../../../energy/meters/metering.js';
import { openMeter } from '../../../energy/meters/open-meter.js';
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

/** Rejects with `bench.link_failed`, `bench.no_meter`, `bench.meter_denied`; `config.*` for a device profile. */
export async function openRunner(
  { link, energy, device_profiles: files }: CompareOptions,
  dir: string,
  { signal, progress }: BenchContext,
): Promise<Runner> {
  const why = link === 'auto' ? await canNamespace() : null;
  const mode = link !== 'auto' ? link : why === null ? 'namespaces' : 'proxy';
  const profiles = deviceProfiles(files.split(',').filter((file) => file !== ''));
  const meter = energy === 'model' ? null : await openMeter(energy);
  if (meter !== null) progress(`measuring the idle machine by ${meter.source} (${meter.covers})`);
  const metering = meter === null ? null : await meteringWith(meter, signal);
  const lab = await Lab.open({ signal, dir, mode, profiles, metering });
  return {
    mode,
    run: (plan) => runScenario(plan, lab),
    notMeasured: why === null ? [] : [{ what: 'packets, which are estimated', why }],
    profiles,
    close: () => lab.close(),
  };
}
