import { setTimeout as sleep } from 'node:timers/promises';
import { WeirError } from '@weir/runtime';
import type { AchievedDelay } from '../../cases/compare/record.js';
import { Child } from '../../processes/child.js';
import { PROBE_PROCESS } from '../../processes/scripts.js';
import type { Impairments, WayName } from '../impairments.js';
import type { End } from '../link.js';
import type { ProbeMethods } from './probe-process.js';

const COUNT = 100;
const EVERY_MS = 4;
/** With loss, that its share is known to some tenths of it. */
const COUNT_WITH_LOSS = 1_000;
const EVERY_MS_WITH_LOSS = 1;
/** IP and UDP headers and the time. */
const DATAGRAM_BITS = (20 + 8 + 8) * 8;
/** Share of a link's rate that a probe may take, so that it does not queue behind itself. */
const RATE_SHARE = 0.2;
/**
 * Deviations of the jitter between two datagrams, so that seldom one waits for the one before it, which order would have it do:
 * messages are farther apart than that too.
 */
const APART_JITTER = 3;
/** A jitter that is so wide is known from fewer, in so much time. */
const MOST_MS = 5_000;
const COUNT_MIN = 25;
/** A machine that takes longer is not calibrated but late: what is achieved says so. */
const MOST_TRANSIT_US = 250;
/** How long the last one is waited for beyond the delay. */
const GRACE_MS = 100;

/** One at each end. */
interface Ports {
  readonly device: number;
  readonly hub: number;
}

/** Answers with the ports at which those of the ends are reached from the other end. */
type Relay = (ports: Ports) => Promise<Ports>;

type Probe = Child<ProbeMethods>;

/** Measures a link with a method of its own: datagrams between two processes at its ends, by the one clock of the machine. */
export class Prober {
  readonly #ends: readonly [device: End, hub: End];
  readonly #relay: Relay;
  readonly #probes: readonly [device: Probe, hub: Probe];
  #targets: Promise<Ports> | null = null;

  /** `relay` where the ends cannot send to each other directly. */
  constructor(device: End, hub: End, signal: AbortSignal, relay: Relay = (ports) => Promise.resolve(ports)) {
    const begin = ({ exec }: End): Probe => new Child<ProbeMethods>(PROBE_PROCESS, { signal, exec });
    this.#ends = [device, hub];
    this.#relay = relay;
    this.#probes = [begin(device), begin(hub)];
  }

  /** One-way delay and loss, both ways at once. Takes half a second and the delay; some seconds where packets get lost or jitter. */
  async probe({ up, down }: Impairments): Promise<Record<WayName, AchievedDelay>> {
    const loses = up.lossRatio > 0 || down.lossRatio > 0;
    const slowest = Math.min(up.bitsPerS ?? Infinity, down.bitsPerS ?? Infinity);
    const everyMs = Math.max(
      loses ? EVERY_MS_WITH_LOSS : EVERY_MS,
      (DATAGRAM_BITS * 1000) / (slowest * RATE_SHARE),
      APART_JITTER * Math.max(up.jitterMs, down.jitterMs),
    );
    const most = Math.max(COUNT_MIN, Math.floor(MOST_MS / everyMs));
    const count = Math.min(most, loses ? COUNT_WITH_LOSS : COUNT);
    const longestMs = Math.max(...[up, down].map(({ delayMs, jitterMs }) => delayMs + 3 * jitterMs));
    const transits = await this.#volleys(count, everyMs, longestMs + GRACE_MS);
    return { up: achieved(transits.up, count), down: achieved(transits.down, count) };
  }

  /** What the link takes at least when it delays nothing, us: what else this machine does can only lengthen it. */
  async transitUs(): Promise<number> {
    await this.#volleys(10, 1, GRACE_MS);
    const { up, down } = await this.#volleys(COUNT, 1, GRACE_MS);
    return Math.min(MOST_TRANSIT_US, Math.max(0, Math.min(...up, ...down)));
  }

  async close(): Promise<void> {
    await Promise.all(this.#probes.map((probe) => probe.end()));
  }

  async #volleys(count: number, everyMs: number, waitMs: number): Promise<Record<WayName, number[]>> {
    const [device, hub] = this.#probes;
    this.#targets ??= this.#listen();
    const targets = await this.#targets;
    await Promise.all([device.call('take'), hub.call('take')]);
    await Promise.all([
      device.call('send', { host: this.#ends[1].address, port: targets.hub, count, everyMs }),
      hub.call('send', { host: this.#ends[0].address, port: targets.device, count, everyMs }),
    ]);
    await sleep(waitMs);
    const [down, up] = await Promise.all([device.call('take'), hub.call('take')]);
    return { up, down };
  }

  async #listen(): Promise<Ports> {
    const [device, hub] = await Promise.all([
      this.#probes[0].call('listen', this.#ends[0].address),
      this.#probes[1].call('listen', this.#ends[1].address),
    ]);
    return this.#relay({ device, hub });
  }
}

function achieved(transitsUs: readonly number[], sent: number): AchievedDelay {
  if (transitsUs.length === 0)
    throw new WeirError('bench.link_failed', `none of ${sent} datagrams got through the link`);
  const ms = transitsUs.map((us) => us / 1000).sort((a, b) => a - b);
  return {
    meanMs: ms.reduce((sum, each) => sum + each, 0) / ms.length,
    p50Ms: quantile(ms, 0.5),
    p99Ms: quantile(ms, 0.99),
    lossRatio: 1 - ms.length / sent,
  };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
