/** What a run cost a device, by one device profile, or as a meter measured it. */
import type { DeviceProfile } from './device-profiles.js';
import { cpuEnergyJ, energyModel, radioUseOf } from './energy-model.js';
import { windowS, type Observation } from './radio/observation.js';
import { sensitivityOf, type Sensitivity } from './sensitivity.js';

interface EnergySums {
  readonly windowS: number;
  /** What the device would have cost in the window without this work, J. */
  readonly idleJ: number;
  /** All beyond idle, J. */
  readonly marginalJ: number;
  readonly totalJ: number;
}

/** From counted packets and CPU time, by figures that others measured. Nothing of it was measured in the run. */
export interface ModelledEnergy extends EnergySums {
  readonly source: 'modelled';
  /** Name of the device profile. */
  readonly profile: string;
  /** What the radio cost beyond idle, J. */
  readonly radioJ: number;
  /** What the CPU cost beyond idle, J. */
  readonly cpuJ: number;
  /** Seconds in each state of the radio, by the model's names; their sum is the window. */
  readonly states: Readonly<Record<string, number>>;
  /** marginalJ with one figure of the model a third, and three times, as large; by the figure's name. */
  readonly sensitivity: Sensitivity;
}

/** Power measured of a whole package or machine, with all that ran on it. Radio and CPU cannot be told apart. */
export interface MeasuredEnergy extends EnergySums {
  readonly source: 'rapl' | 'ina219';
  /** What the meter covers: `rapl package-0`. */
  readonly profile: string;
  readonly radioJ: null;
  readonly cpuJ: null;
  readonly states: Readonly<Record<string, never>>;
  readonly sensitivity: Readonly<Record<string, never>>;
}

export type RunEnergy = ModelledEnergy | MeasuredEnergy;

/** What was seen of a device: its packets, and what its program took of the CPU of this machine in the window, s. */
export interface DeviceRun extends Observation {
  readonly cpuS: number;
}

/** Energy of one device over a window, modelled. Throws RangeError for a window without length. */
export function energyOf(profile: DeviceProfile, run: DeviceRun): ModelledEnergy {
  if (!(run.toUs > run.fromUs)) throw new RangeError('a window must end after it begins');
  const model = energyModel(profile);
  const radioUse = radioUseOf(model, run);
  const radio = radioUse(model);
  const cpuJ = cpuEnergyJ(model, run.cpuS);
  const idleJ = profile.board.idleW * windowS(run) + radio.idleJ;
  return {
    source: 'modelled',
    profile: profile.name,
    windowS: windowS(run),
    idleJ,
    radioJ: radio.marginalJ,
    cpuJ,
    marginalJ: radio.marginalJ + cpuJ,
    totalJ: idleJ + radio.marginalJ + cpuJ,
    states: radio.states,
    sensitivity: sensitivityOf(model, (varied) => radioUse(varied).marginalJ + cpuEnergyJ(varied, run.cpuS)),
  };
}
