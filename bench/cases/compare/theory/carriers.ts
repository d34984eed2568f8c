/** When a message is at the far end, of each method at its best: no computing, no loss, nothing but the way. */
import { pollsDueUs } from '../schedule.js';
import type { Method, RunPlan } from '../scenario.js';

/** A message: when it is handed over, us since the run's start, and how many readings are in it. */
export interface Send {
  readonly atUs: number;
  readonly readings: number;
}

/** One-way delays, us. */
export interface Path {
  readonly upUs: number;
  readonly downUs: number;
  /** From the first packet with so many readings until all of them are at the far end. */
  readonly dataUs: (readings: number) => number;
}

/**
 * When each message is there, us since the run's start. `phase`, from 0 to 1, is where in its first round trip a method that
 * asks without a pause begins: it keeps that phase to the readings for long, and a run's start decides it.
 */
type Carrier = (sends: readonly Send[], path: Path, plan: RunPlan, phase: number) => number[];

/** Connections that a client has at a time to one host. */
export const POOL = 6;

const roundTripUs = ({ upUs, downUs }: Path): number => upUs + downUs;

/** Over a connection that stays open. */
const connected: Carrier = (sends, path) => sends.map(({ atUs, readings }) => atUs + path.dataUs(readings));

/**
 * Over the first connection of the pool that is free. Opening one takes so many round trips: 1 for TCP, 1 more for TLS 1.3,
 * resumed or not. Kept ones are opened once, others for each message.
 */
const pooled =
  (rounds: number, kept: boolean): Carrier =>
  (sends, path) => {
    const freeUs: number[] = [];
    return sends.map(({ atUs, readings }) => {
      const free = freeUs.findIndex((us) => us <= atUs);
      const isNew = free < 0 && freeUs.length < POOL;
      const at = isNew ? freeUs.length : free < 0 ? freeUs.indexOf(Math.min(...freeUs)) : free;
      const openingUs = isNew || !kept ? rounds * roundTripUs(path) : 0;
      const thereUs = Math.max(atUs, freeUs[at] ?? atUs) + openingUs + path.dataUs(readings);
      freeUs[at] = thereUs + path.downUs;
      return thereUs;
    });
  };

/** A request that waits at the hub for the next message takes all there are, and the next one sets out when they came. */
const longPolled: Carrier = (sends, path, _plan, phase) => {
  let askedUs = phase * roundTripUs(path);
  return answered(sends, path, (firstUs) => {
    const answerUs = Math.max(askedUs, firstUs);
    return { answerUs, then: (thereUs) => void (askedUs = thereUs + path.upUs) };
  });
};

/**
 * Requests when they are due, one at a time, each after so many round trips of its own. Those that fall due while one is under
 * way become one, which goes when that is answered.
 */
const polled =
  (rounds: number): Carrier =>
  (sends, path, plan, phase) => {
    const dues = pollsDueUs(plan);
    const toHubUs = rounds * roundTripUs(path) + path.upUs;
    let dueUs = dues.next().value;
    let freeUs = phase * roundTripUs(path);
    return answered(sends, path, (firstUs) => {
      for (;;) {
        const askedUs = Math.max(dueUs, freeUs);
        while (dueUs <= askedUs) dueUs = dues.next().value;
        freeUs = askedUs + toHubUs + path.downUs;
        if (askedUs + toHubUs >= firstUs)
          return { answerUs: askedUs + toHubUs, then: (thereUs) => void (freeUs = thereUs) };
      }
    });
  };

/** What waits at the hub goes with the answer that `next` gives: the first at or after the oldest message. */
function answered(
  sends: readonly Send[],
  path: Path,
  next: (firstUs: number) => { readonly answerUs: number; readonly then: (thereUs: number) => void },
): number[] {
  const there: number[] = [];
  for (let first = sends[0]; first !== undefined; first = sends[there.length]) {
    const { answerUs, then } = next(first.atUs);
    let [end, readings] = [there.length, 0];
    for (let send = sends[end]; send !== undefined && send.atUs <= answerUs; send = sends[++end])
      readings += send.readings;
    const thereUs = answerUs + path.dataUs(readings);
    while (there.length < end) there.push(thereUs);
    then(thereUs);
  }
  return there;
}

export const CARRIERS: Readonly<Record<Method, Carrier>> = {
  ws: connected,
  wss: connected,
  mqtt: connected,
  sse: connected,
  'post-new': pooled(1, false),
  'posts-full': pooled(2, false),
  'posts-resumed': pooled(2, false),
  'post-kept': pooled(1, true),
  'posts-kept': pooled(2, true),
  'long-poll': longPolled,
  poll: polled(0),
  'poll-new': polled(1),
};
