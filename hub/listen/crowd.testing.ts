/** A crowd of devices at a hub's door on virtual time. Their manners are in the hands of each test. */
import { seededEntropy, type Clock, type Entropy } from '@weir/runtime';
import { Slots, type Booking } from './slots.js';

/** What a device sees of one attempt: nobody there, let in (null), or sent back. */
export type Answer = 'unreachable' | Booking | null;

export interface CrowdOptions {
  readonly devices: number;
  readonly perSecond: number;
  /** Bookings at a time; default the crowd. */
  readonly waiting?: number;
  /** The hub is there from then on. */
  readonly upAtMs?: number;
  /** When a device makes its first attempt. */
  readonly firstMs: (device: number, entropy: Entropy) => number;
  /** The delay after an answer; null never to come again. `attempt` counts from 0. */
  readonly retryMs: (
    answer: Exclude<Answer, null>,
    attempt: number,
    entropy: Entropy,
    device: number,
  ) => number | null;
  /** Tickets are shown; default yes. */
  readonly shows?: boolean;
  /** From an attempt to its arrival, at most; default 50. */
  readonly latencyMs?: number;
}

export interface CrowdResult {
  /** When each admission was, ms, in order. */
  readonly admittedMs: readonly number[];
  /** How often each device was refused. */
  readonly refusals: readonly number[];
}

interface Arrival {
  readonly device: number;
  readonly attempt: number;
  readonly ticket: string | null;
}

const END_MS = 3_600_000;

/** Plays until every device is in or has given up, or for an hour. */
export function play(options: CrowdOptions): CrowdResult {
  const { devices, perSecond, waiting = devices, upAtMs = 0, latencyMs = 50, shows = true } = options;
  const entropy = seededEntropy(devices + perSecond);
  let nowUs = 0;
  const clock: Clock = { monotonicUs: () => nowUs, utcUs: () => nowUs };
  let slots: Slots | null = null;
  const admittedMs: number[] = [];
  const refusals = Array.from({ length: devices }, () => 0);
  const arrivals: (Arrival[] | undefined)[] = [];
  const comes = (arrival: Arrival, afterMs: number): void => {
    const atMs = Math.ceil(nowUs / 1000 + afterMs + entropy.unit() * latencyMs);
    (arrivals[atMs] ??= []).push(arrival);
  };
  for (let device = 0; device < devices; device++)
    comes({ device, attempt: 0, ticket: null }, options.firstMs(device, entropy));
  for (let atMs = 0; atMs < Math.min(arrivals.length, END_MS); atMs++) {
    nowUs = atMs * 1000;
    for (const { device, attempt, ticket } of arrivals[atMs] ?? []) {
      if (atMs >= upAtMs) slots ??= new Slots({ perSecond, waiting, clock, entropy });
      const answer: Answer = slots === null ? 'unreachable' : slots.arrive(ticket);
      if (answer === null) {
        admittedMs.push(atMs);
        continue;
      }
      if (answer !== 'unreachable') refusals[device] = (refusals[device] ?? 0) + 1;
      const delayMs = options.retryMs(answer, attempt, entropy, device);
      const shown = shows && answer !== 'unreachable' ? answer.ticket : null;
      if (delayMs !== null) comes({ device, attempt: attempt + 1, ticket: shown }, delayMs);
    }
  }
  return { admittedMs, refusals };
}

/** Most admissions within any `ms`. */
export function mostWithin(admittedMs: readonly number[], ms: number): number {
  let most = 0;
  let first = 0;
  for (const [last, atMs] of admittedMs.entries()) {
    while ((admittedMs[first] ?? atMs) <= atMs - ms) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
