/** What a whole comparison found: results.json. */
import type { Conditions } from '../../measure/conditions.js';
import type { DeviceProfile } from '../../energy/device-profiles.js';
import type { Analysis, Claim } from './analysis/analysis.js';
import type { RunRecord } from './record.js';

/**
 * namespaces: each end in a network namespace of its own, every packet seen. proxy: both on the loopback interface, with a
 * delaying proxy between them. remote: to somebody's hub, over the network that there is.
 */
export type LinkMode = 'namespaces' | 'proxy' | 'remote';

/** Plain JSON. */
export interface CompareResults {
  readonly bench: 'compare';
  readonly conditions: Conditions;
  /** As the command was given, defaults filled in. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly linkMode: LinkMode;
  /** What repeats it, on a command line. */
  readonly command: string;
  /** Runs that the plan has; more than `runs` when some were not made. */
  readonly planned: number;
  /** What was left out, each with its reason: a program that is not installed, a quick run. */
  readonly notMeasured: readonly NotMeasured[];
  /** What modelled energy is modelled with. */
  readonly profiles: readonly DeviceProfile[];
  readonly runs: readonly RunRecord[];
  readonly analysis: Analysis;
  /** Those of `analysis`, for scripts. */
  readonly claims: readonly Claim[];
}

export interface NotMeasured {
  /** `MQTT`. */
  readonly what: string;
  /** `mosquitto is not installed`. */
  readonly why: string;
}
