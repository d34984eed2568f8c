/** Who makes the runs: a lab on this machine, or this machine against somebody's hub. */
import type { BenchContext } from '../../../case.js';
import { deviceProfiles, type DeviceProfile } from '../../../energy/device-profiles.js';
import { meteringWith } from '../../../energy/meters/metering.js';
import { openMeter } from '../../../energy/meters/open-meter.js';
import { canNamespace } from '../../../network/link.js';
import type { CompareOptions } from '../options.js';
import type { MakeRun } from '../plan/make-runs.js';
import type { LinkMode, NotMeasured } from '../results.js';
import { remoteHub } from '../remote/remote-hub.js';
import { Remote, runRemote } from '../remote/run-remote.js';
import { Lab, type LabOptions } from './lab.js';
import { runScenario } from './run-scenario.js';

export interface Runner {
  readonly mode: LinkMode;
  readonly run: MakeRun;
  readonly notMeasured: readonly NotMeasured[];
  /** What energy is modelled for. */
  readonly profiles: readonly DeviceProfile[];
  close(): Promise<void>;
}

/** What runs need beside the network between the two ends. */
type Needs = Required<Pick<LabOptions, 'signal' | 'profiles' | 'metering'>>;

/**
 * Rejects with `bench.link_failed`, `bench.bad_hub`, `bench.no_meter`, `bench.meter_denied`; `config.*` for a device
 * profile.
 */
export async function openRunner(
  options: CompareOptions,
  dir: string,
  { signal, progress }: BenchContext,
): Promise<Runner> {
  const { energy, device_profiles: files, hub } = options;
  const profiles = deviceProfiles(files.split(',').filter((file) => file !== ''));
  const meter = energy === 'model' ? null : await openMeter(energy);
  if (meter !== null) progress(`measuring the idle machine by ${meter.source} (${meter.covers})`);
  const metering = meter === null ? null : await meteringWith(meter, signal);
  const needs = { signal, profiles, metering };
  return hub === '' ? openLab(options, dir, needs) : openRemote(options, needs, progress);
}

async function openLab({ link }: CompareOptions, dir: string, needs: Needs): Promise<Runner> {
  const why = link === 'auto' ? await canNamespace() : null;
  const mode = link !== 'auto' ? link : why === null ? 'namespaces' : 'proxy';
  const lab = await Lab.open({ ...needs, dir, mode });
  return {
    mode,
    run: (plan) => runScenario(plan, lab),
    notMeasured: why === null ? [] : [{ what: 'packets, which are estimated', why }],
    profiles: needs.profiles,
    close: () => lab.close(),
  };
}

async function openRemote(
  { hub, token_file: tokenFile, ca_file: caFile }: CompareOptions,
  needs: Needs,
  progress: BenchContext['progress'],
): Promise<Runner> {
  const remote = await Remote.open(await remoteHub(hub, tokenFile, caFile === '' ? null : caFile), needs);
  progress(
    `readings of devices named ${remote.prefix}* go to ${hub} and stay in its store; a TCP connect takes ${remote.connectMs.toFixed(1)} ms`,
  );
  return {
    mode: 'remote',
    run: (plan) => runRemote(plan, remote),
    notMeasured: [{ what: 'packets, which are estimated', why: 'the network to the hub is not ours' }],
    profiles: needs.profiles,
    close: () => remote.close(),
  };
}
