/**
 * One seed, from the beginning to the end:
 *
 *   troubles, while sensors are read ──► all troubles end ──► everything arrives ──► nothing more happens ──► invariants
 */
import type { Bug } from './bugs.js';
import { confined } from './confined.js';
import { DeviceHost } from './device-host.js';
import { HubHost } from './hub-host.js';
import { checkInvariants } from './invariants.js';
import { LineStore } from './line-store.js';
import { Nemesis } from './nemesis.js';
import { Network } from './network.js';
import { planOf } from './plan.js';
import { TableStore } from './table-store.js';
import type { TraceListener } from './trace.js';
import { Truth } from './truth.js';
import { World, type Violation } from './world.js';

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** The same for two runs of a seed. */
  readonly hash: string;
  readonly events: number;
  readonly readings: number;
  readonly framesAcked: number;
  readonly framesSent: number;
  /** Us of the world's time. */
  readonly lastedUs: number;
}

export interface SimulationOptions {
  readonly bug?: Bug | null;
  readonly listener?: TraceListener | null;
}

/** Longest that anything may take to be well again: back-offs of half a minute and refusals of a minute and a half included. */
const QUIET_US = 900e6;
/** Longer than any batch waits for more readings. */
const BATCH_US = 3e6;
/** Nothing may be said again for so long then. */
const SILENCE_US = 35e6;

export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Outcome> {
  const world = new World(seed);
  world.trace.listener = options.listener ?? null;
  return confined(world, () => run(world, options.bug ?? null));
}

async function run(world: World, bug: Bug | null): Promise<Outcome> {
  const plan = planOf(world);
  const truth = new Truth(world);
  const tables = new TableStore(world, bug);
  const lines = new LineStore(world, bug);
  const network = new Network(world, truth);
  const hub = new HubHost(world, plan.hub, [tables, lines], bug);
  const devices = plan.devices.map((each) => new DeviceHost(each, { world, network, hub, bug }));
  world.note('world', 'begins', [], () => plan.troubles.join(', '));
  hub.start();
  for (const device of devices) device.start();
  const nemesis = new Nemesis({ world, plan, network, hub, lines, devices });
  await world.pass(plan.durationUs, () => world.violations.length > 0);
  nemesis.end();
  for (const device of devices) {
    device.reading = false;
    // It works from memory since its start: what is on its disk goes out with the next.
    if (device.withoutDisk) device.stop();
  }
  await becomeQuiet(world, hub, devices, truth);
  if (hub.core !== null) await checkInvariants({ world, truth, hub, devices, tables });
  return {
    seed: world.seed,
    violations: world.violations,
    hash: world.trace.hash,
    events: world.events,
    readings: truth.taken.length,
    framesAcked: truth.acked.size,
    framesSent: truth.framesSent,
    lastedUs: world.nowUs,
  };
}

async function becomeQuiet(
  world: World,
  hub: HubHost,
  devices: readonly DeviceHost[],
  truth: Truth,
): Promise<void> {
  const arrived = (): boolean => hub.done && devices.every((device) => device.done);
  const endUs = world.nowUs + QUIET_US;
  // What was read last may still wait for its batch, unseen by anybody.
  await world.pass(BATCH_US);
  while (!arrived() && world.nowUs < endUs) {
    await world.pass(5e6, arrived);
    for (const device of devices) if (!device.running) device.start();
    hub.start();
  }
  if (!arrived()) {
    const waiting = devices.map(
      (device) => `${device.name} ${JSON.stringify(device.device?.stats() ?? 'not running')}`,
    );
    const log = hub.core?.log;
    const sinks = hub.sinks.map(
      (sink) => `${sink.store.name} at ${sink.status.cursor} ${sink.status.error ?? ''}`,
    );
    world.violate(
      'all is quiet in bounded time',
      [`log ${log?.durable} of ${log?.end} ${log?.state}`, ...sinks, ...waiting].join('; '),
    );
    return;
  }
  world.note('world', 'all has arrived');
  await world.pass(1e6);
  const { framesSent } = truth;
  await world.pass(SILENCE_US);
  if (truth.framesSent !== framesSent || !arrived())
    world.violate(
      'quiet stays quiet',
      `${truth.framesSent - framesSent} frames after everything had arrived`,
    );
}
