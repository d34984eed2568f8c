/**
 * What a seed's world is like: who is in it, and which troubles it has. Each seed takes a part of the troubles alone
 * ("swarm testing"): worlds in which everything happens at once hide what a few troubles do together.
 */
import type { HubConfig } from '@weir/hub';
import type { Entropy } from '@weir/runtime';
import { hubConfig } from './hub-host.js';
import type { MachineOptions } from './machine.js';
import type { World } from './world.js';

export const TROUBLES = [
  'agent killed',
  'agent power cut',
  'agent restarted',
  'hub killed',
  'hub power cut',
  'hub restarted',
  'connection cut',
  'connection half open',
  'connection stalled',
  'no route',
  'refused before the upgrade',
  'narrow route',
  'device disk full',
  'device disk failing',
  'device disk slow',
  'hub disk full',
  'hub disk failing',
  'hub disk slow',
  'store failing',
  'store slow',
  'sink thread dies',
  'lines refused',
  'device clock jumps',
  'hub clock steps',
  'channel changes its type',
] as const;
export type Trouble = (typeof TROUBLES)[number];

export interface ChannelPlan {
  readonly name: string;
  readonly intervalUs: number;
  readonly textBytes: number;
  /** By the count of the agent's lives: a channel that changes its type is refused by the hub. */
  readonly kindOf: (life: number) => 'number' | 'text';
}

export interface DevicePlan {
  readonly name: string;
  readonly clock: MachineOptions;
  /** Null: in memory. */
  readonly spool: {
    readonly commitDelayMs: number;
    readonly maxBytes: number;
    readonly maxAgeMs: number;
  } | null;
  readonly memoryBytes: number;
  readonly batch: { readonly maxDelayMs: number; readonly maxReadings: number };
  readonly channels: readonly ChannelPlan[];
  /** No more than so many readings of all devices together. */
  readonly readingsMax: number;
}

export interface HubPlan {
  readonly clock: MachineOptions;
  readonly config: HubConfig;
  readonly sinkLimits: { readonly bytes: number; readonly readings: number };
}

export interface Plan {
  readonly troubles: readonly Trouble[];
  /** Mean time between two of them. */
  readonly troubleEveryUs: number;
  /** How long troubles go on. */
  readonly durationUs: number;
  readonly devices: readonly DevicePlan[];
  readonly hub: HubPlan;
}

const READINGS_MAX = 600;
/** Room for drift that the protocol page promises. */
const DRIFT_PPM_MAX = 90;

export function planOf(world: World): Plan {
  const chance = world.chance('plan');
  const share = 0.1 + 0.5 * chance.unit();
  const troubles = TROUBLES.filter(() => chance.unit() < share);
  const durationUs = Math.round(logUniform(chance, 20e6, 900e6));
  const count = chance.integer(1, 4);
  const devices = Array.from({ length: count }, (_, i) =>
    devicePlan(chance, `dev-${i + 1}`, troubles, durationUs / count),
  );
  return {
    troubles,
    troubleEveryUs: logUniform(chance, durationUs / 60, durationUs / 6),
    durationUs,
    devices,
    hub: hubPlan(chance),
  };
}

function devicePlan(
  chance: Entropy,
  name: string,
  troubles: readonly Trouble[],
  perDeviceUs: number,
): DevicePlan {
  const hostile = troubles.includes('channel changes its type') && chance.unit() < 0.5;
  const bounded = chance.unit() < 0.3;
  const channels = Array.from({ length: chance.integer(1, 4) }, (_, i): ChannelPlan => {
    const changes = hostile && i === 0;
    const text = bounded || chance.unit() < 0.25;
    const textBytes = Math.round(logUniform(chance, bounded ? 300 : 8, 3_000));
    return {
      name: `ch-${i}`,
      intervalUs: logUniform(
        chance,
        Math.max(20_000, perDeviceUs / 150),
        Math.max(100_000, perDeviceUs / 15),
      ),
      textBytes,
      kindOf: (life) => ((changes && life % 3 === 2) !== text ? 'text' : 'number'),
    };
  });
  return {
    name,
    clock: {
      driftPpm: (2 * chance.unit() - 1) * DRIFT_PPM_MAX,
      utcErrorUs: pick(chance, [0, -1_700_000_000e6, chance.integer(-1e9, 1e9), chance.integer(-4e12, 4e12)]),
    },
    spool:
      chance.unit() < 0.15
        ? null
        : {
            commitDelayMs: pick(chance, [0, 200, 1_000, 5_000]),
            maxBytes: bounded ? 200_000 : 2 ** 28,
            maxAgeMs: chance.unit() < 0.15 ? pick(chance, [10_000, 60_000]) : Infinity,
          },
    memoryBytes: bounded ? Math.round(logUniform(chance, 5_000, 60_000)) : 8 * 2 ** 20,
    batch: { maxDelayMs: pick(chance, [5, 50, 1_000]), maxReadings: pick(chance, [1, 5, 500]) },
    channels,
    readingsMax: READINGS_MAX,
  };
}

function hubPlan(chance: Entropy): HubPlan {
  const small = chance.unit() < 0.4;
  const frameBytes = small ? 8_192 : 2 ** 20;
  const retains = chance.unit() < 0.2;
  return {
    clock: { driftPpm: (2 * chance.unit() - 1) * 20, utcErrorUs: chance.integer(-5_000, 5_000) },
    config: hubConfig({
      session: {
        deadline: pick(chance, [3_000, 15_000, 30_000]),
        credit: pick(chance, [1, 4, 16, 256]),
        hello_timeout: 10_000,
      },
      log: {
        segment_bytes: pick(chance, [8_192, 32_768, 2 ** 20]),
        commit_delay: pick(chance, [0, 0, 5, 200]),
        pending_bytes: 4 * frameBytes,
        retention: { bytes: retains ? 60_000 : null, age: null },
      },
      limits: { frame_bytes: frameBytes },
    }),
    sinkLimits: { bytes: pick(chance, [2_048, 65_536, 2 ** 20]), readings: pick(chance, [10, 500, 250_000]) },
  };
}

export function pick<T>(chance: Entropy, choices: readonly T[]): T {
  const chosen = choices[chance.integer(0, choices.length)];
  if (chosen === undefined) throw new RangeError('nothing to choose from');
  return chosen;
}

export function logUniform(chance: Entropy, least: number, most: number): number {
  return least * (most / least) ** chance.unit();
}
