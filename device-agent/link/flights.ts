/**
 * Frames handed to a socket and not settled since, over all sessions of this run: what `readings_sent` and
 * `readings_acked` are counted from, and how many are in flight in the present session.
 *
 *   depart (first time: sent) ──► [cut: a new session begins] ──► depart again ──► settle or expire
 */
import type { StoredFrame } from '../spool/stored-frame.js';

/** `takenUs` as in `StoredFrame`. */
export type OnLanded = (readings: number, takenUs: number) => void;

interface Flight {
  readings: number;
  readonly takenUs: number;
  session: number;
  /** The spool has given the frame up: it will not depart again. */
  expired: boolean;
}

export class Flights {
  readonly #byEpoch = new Map<number, Map<number, Flight>>();
  #session = 0;
  #inFlight = 0;
  #readings = 0;

  /** Frames of the present session that the hub has not settled. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Readings in those frames. */
  get readingsInFlight(): number {
    return this.#readings;
  }

  beginSession(): void {
    this.#session++;
    this.#inFlight = 0;
    this.#readings = 0;
    for (const flights of this.#byEpoch.values())
      for (const [seq, { expired }] of flights) if (expired) flights.delete(seq);
  }

  /** Whether the present session has sent this frame and waits for its ack. */
  has(epoch: number, seq: number): boolean {
    return this.#byEpoch.get(epoch)?.get(seq)?.session === this.#session;
  }

  /** The frame goes to the socket. True when it does so for the first time in this run. */
  depart(frame: StoredFrame): boolean {
    let flights = this.#byEpoch.get(frame.epoch);
    if (flights === undefined) this.#byEpoch.set(frame.epoch, (flights = new Map<number, Flight>()));
    const flight = flights.get(frame.seq);
    if (flight?.session !== this.#session) {
      this.#inFlight++;
      this.#readings += flight?.readings ?? frame.readings;
    }
    if (flight !== undefined) {
      flight.session = this.#session;
      return false;
    }
    const { readings, takenUs } = frame;
    flights.set(frame.seq, { readings, takenUs, session: this.#session, expired: false });
    return true;
  }

  /** The hub has settled this range; each frame of it that was in flight lands once. */
  settle(epoch: number, first: number, last: number, landed: OnLanded): void {
    const flights = this.#byEpoch.get(epoch);
    if (flights === undefined) return;
    for (const seq of numbersWithin(flights, first, last)) {
      const flight = flights.get(seq);
      if (flight === undefined) continue;
      flights.delete(seq);
      if (flight.session === this.#session) {
        this.#inFlight--;
        this.#readings -= flight.readings;
      }
      landed(flight.readings, flight.takenUs);
    }
    if (flights.size === 0) this.#byEpoch.delete(epoch);
  }

  /** The spool dropped this frame: should an ack still come, its readings count as expired and not as acked too. */
  expire(epoch: number, seq: number): void {
    const flight = this.#byEpoch.get(epoch)?.get(seq);
    if (flight === undefined) return;
    if (flight.session === this.#session) this.#readings -= flight.readings;
    flight.readings = 0;
    flight.expired = true;
  }
}

/** The numbers of a range that may be in flight, by whichever way is shorter: a hub may name any range. */
function numbersWithin(flights: ReadonlyMap<number, unknown>, first: number, last: number): number[] {
  if (last - first < flights.size) return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return [...flights.keys()].filter((seq) => seq >= first && seq <= last);
}
