/** A device profile as the figures that are computed with: each of them is varied for the sensitivity. */
import type { DeviceProfile } from './device-profiles.js';
import type { StateRadio } from './profile-schema.js';
import { frameModel, framesIn, frameUse, type FrameModel } from './radio/frames.js';
import type { Observation, RadioUse } from './radio/observation.js';
import { stateUse } from './radio/states.js';

export interface EnergyModel {
  readonly radio: FrameModel | StateRadio;
  readonly cpu: {
    /** Power of a busy core beyond idle, W. */
    readonly coreW: number;
    /** CPU seconds of the board for one of this machine. */
    readonly slowdown: number;
  };
}

export function energyModel({ board, radio }: DeviceProfile): EnergyModel {
  return {
    radio: radio.kind === 'frames' ? frameModel(radio) : radio,
    cpu: {
      coreW: (board.loadW - board.idleW) / board.loadCores,
      slowdown: board.cpuSlowdown?.factor ?? 1,
    },
  };
}

/** What the radio did, by `model` or one with other figures. The trace of frames is counted once for all of them. */
export function radioUseOf(
  { radio }: EnergyModel,
  observation: Observation,
): (model: EnergyModel) => RadioUse {
  const frames: ReturnType<typeof framesIn> = radio.kind === 'frames' ? framesIn(observation) : new Map();
  return ({ radio }) =>
    radio.kind === 'frames' ? frameUse(radio, frames, observation) : stateUse(radio, observation);
}

/** Beyond idle, J. */
export function cpuEnergyJ({ cpu }: EnergyModel, cpuS: number): number {
  return cpuS * cpu.slowdown * cpu.coreW;
}
