/**
 * Runs against a hub that is not ours, over whatever network there is. This machine is the device and the page, so that one
 * clock times both ends of a reading's way:
 *
 *   uplink     due ──► client ══ relay ══► hub ══► acknowledgement: stored
 *   display    due ──► sensor ──► hub ══ relay ══► page: the way up is in its latency, of every method alike
 *
 * What crosses the relay is counted; the connections of sensor and witness go beside it.
 */
import { randomInt } from 'node:crypto';
import { WeirError } from '@weir/runtime';
import type { RunRecord } from '../record.js';
import type { Direction, RunPlan } from '../scenario.js';
import type { Server } from '../clients/assignment.js';
import type { LabOptions } from '../run/lab.js';
import { CASTS, play, type Cast, type RunFindings, type Stage } from '../run/play.js';
import { recordOf } from '../run/run-findings.js';
import { withDetour } from './detour-environment.js';
import { Relay } from './relay.js';
import { checkHub, connectTimeMs, type RemoteHub } from './remote-hub.js';

const { uplink, display } = CASTS;
/** No witness stands beside a hub that is not ours. */
const REMOTE_CASTS: Partial<Record<Direction, Cast>> = {
  uplink,
  display: { sender: display.sender, receiver: display.receiver, client: display.client },
};
/** Names end in one of so many numbers. */
const NAMES = 36 ** 6;

export type RemoteOptions = Required<Pick<LabOptions, 'signal' | 'profiles' | 'metering'>>;

/** A hub that was asked, and the relay to it. */
export class Remote {
  /** Of the names of all devices of this comparison, which stay in the hub's store: `bench-k3x9q2-`. */
  readonly prefix: string;
  readonly hub: RemoteHub;
  readonly options: RemoteOptions;
  readonly relay: Relay;
  /** What a TCP connection takes, a round trip: the median of some, ms. */
  readonly connectMs: number;
  #runs = 0;

  private constructor(hub: RemoteHub, options: RemoteOptions, relay: Relay, connectMs: number) {
    this.hub = hub;
    this.options = options;
    this.relay = relay;
    this.connectMs = connectMs;
    this.prefix = `bench-${randomInt(NAMES).toString(36).padStart(6, '0')}-`;
  }

  /** Rejects with `bench.bad_hub`. */
  static async open(hub: RemoteHub, options: RemoteOptions): Promise<Remote> {
    await checkHub(hub, options.signal);
    const connectMs = await connectTimeMs(hub);
    return new Remote(hub, options, await Relay.open(hub), connectMs);
  }

  /** Devices of one run are named by this and their number: no run finds its readings among those of another. */
  nextPrefix(): string {
    return `${this.prefix}${++this.#runs}-`;
  }

  close(): Promise<void> {
    return this.relay.close();
  }
}

/** As `runScenario`, against a remote hub. `achieved` is null, and nothing is known of the hub's CPU. */
export async function runRemote(plan: RunPlan, remote: Remote): Promise<RunRecord> {
  const { relay, options } = remote;
  const { direction, rateHz } = plan.scenario;
  const cast = REMOTE_CASTS[direction];
  if (cast === undefined || rateHz === null)
    throw new WeirError(
      'bench.bad_hub',
      `${direction} without a rate, or of commands, is not for a hub of others`,
    );
  options.signal.throwIfAborted();
  const startedAt = new Date().toISOString();
  relay.startTrace();
  const found = await play(plan, cast, stageOf(remote));
  const timed = direction === 'uplink' ? byAcknowledgement(found) : found;
  return recordOf(plan, startedAt, null, timed, relay.takeTrace(), options.profiles);
}

function stageOf(remote: Remote): Stage {
  const { host, port, tls, token, caFile } = remote.hub;
  // An address of IPv6 stands in brackets where a port follows.
  const server: Server = { host: host.includes(':') ? `[${host}]` : host, port, tls, token };
  return {
    signal: remote.options.signal,
    metering: remote.options.metering,
    env: caFile === null ? {} : { NODE_EXTRA_CA_CERTS: caFile },
    prefix: remote.nextPrefix(),
    farExec: withDetour({ hub: { host, port }, relay: remote.relay.place }),
    nearExec: [],
    server: Promise.resolve({ far: server, near: server, cpuS: () => 0 }),
  };
}

/** What goes up is there when the hub says so: a witness would see it a way down later. It tells what came, and how often. */
function byAcknowledgement(found: RunFindings): RunFindings {
  const { sender, receiver } = found;
  return sender.confirmed === null
    ? found
    : { ...found, receiver: { ...receiver, latency: sender.confirmed } };
}
