/**
 * Decides which frame goes out next in one session:
 *
 *   introductions ─┐   describe frames that the hub lacks, before the first readings of their epoch
 *   live lane ─────┼─► while in flight < credit and the socket is not congested
 *   backlog lane ──┘   only while in flight < credit - reserve: a part of the credit is kept for live frames; and few
 *                      enough readings that a live frame never has many of them before it on its way through the hub
 *
 * Invariants: never more unacknowledged frames than the credit. No readings before the session's first clock anchor, nor
 * while a describe frame is in flight: should the hub refuse a channel, the readings of the others that share frames with
 * it are sent without it. A frame of an epoch that `hello` did not name is not sent.
 */
import { withEpoch, type EpochRef, type SequenceSet } from '@weir/protocol';
import type { StoredFrame } from '../spool/stored-frame.js';
import type { LinkCounters } from './counters.js';
import type { Flights } from './flights.js';
import type { Connection, FrameStore, Lanes } from './ports.js';
import { withoutChannels } from './without-channels.js';

const RESERVE_MAX = 16;
/** More than the longest frame may hold, so that one is always on the way. */
const BACKLOG_READINGS_MAX = 20_000;

export interface DispatcherOptions {
  readonly store: FrameStore;
  readonly flights: Flights;
  readonly counters: LinkCounters;
  readonly connection: Connection;
  /** So many bytes have gone out. */
  readonly departed: (bytes: number) => void;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #refs: ReadonlyMap<number, EpochRef>;
  readonly #settled: ReadonlyMap<number, SequenceSet>;
  readonly #lanes: Lanes;
  /** Describe frames of each epoch as they were when it was last seen to that the hub has them. */
  readonly #introduced = new Map<number, readonly StoredFrame[]>();
  /** Describe frames sent in this session. */
  readonly #described = new Set<string>();
  /** Channels that the hub refused readings of in this session, by epoch. */
  readonly #leftOut = new Map<number, Set<number>>();
  #introductions: StoredFrame[] = [];
  /** Waits for the introductions of its epoch. */
  #held: StoredFrame | null = null;
  /** Describe frames that may be in flight. */
  #describing: StoredFrame[] = [];
  #credit = 0;
  #streaming = false;
  #closed = false;

  /** `epochs` as named in `hello`, the current first; `settled` as answered in `welcome`. */
  constructor(
    options: DispatcherOptions,
    epochs: readonly number[],
    settled: ReadonlyMap<number, SequenceSet>,
  ) {
    this.#options = options;
    this.#refs = new Map(epochs.map((epoch, index) => [epoch, index]));
    this.#settled = settled;
    options.flights.beginSession();
    this.#lanes = options.store.openLanes(() => this.pump());
    const [current] = epochs;
    if (current !== undefined) this.#introduce(current);
  }

  /** Replaces the credit. */
  grant(credit: number): void {
    this.#credit = credit;
  }

  /** From now on readings may go, too. */
  stream(): void {
    this.#streaming = true;
  }

  /** The hub does not know this channel: frames go without it for the rest of the session. */
  leaveOut(epoch: number, channel: number): void {
    const channels = this.#leftOut.get(epoch) ?? new Set<number>();
    channels.add(channel);
    this.#leftOut.set(epoch, channels);
  }

  /** Sends what may be sent. */
  pump(): void {
    const { flights, connection } = this.#options;
    while (!this.#closed && flights.inFlight < this.#credit && !connection.congested) {
      const frame = this.#next();
      if (frame === null) return;
      this.#send(frame);
    }
  }

  close(): void {
    this.#closed = true;
    this.#lanes.close();
  }

  #next(): StoredFrame | null {
    for (;;) {
      const introduction = this.#introductions.shift();
      if (introduction !== undefined) return introduction;
      const frame = this.#nextOfLanes(this.#streaming && !this.#isDescribing());
      if (frame === null || frame.kind === 'gap') return frame;
      if (frame.kind === 'describe') {
        if (!this.#described.has(nameOf(frame))) return frame;
        continue;
      }
      this.#introduce(frame.epoch);
      if (this.#introductions.length === 0) return frame;
      this.#held = frame;
    }
  }

  /** Whether a describe frame is in flight. */
  #isDescribing(): boolean {
    if (this.#describing.length === 0) return false;
    const { flights } = this.#options;
    this.#describing = this.#describing.filter(({ epoch, seq }) => flights.has(epoch, seq));
    return this.#describing.length > 0;
  }

  #nextOfLanes(mayRead: boolean): StoredFrame | null {
    if (!mayRead) return this.#lanes.live(true);
    const held = this.#held;
    this.#held = null;
    return held ?? this.#lanes.live(false) ?? this.#nextOfBacklog();
  }

  #nextOfBacklog(): StoredFrame | null {
    const { flights } = this.#options;
    const reserve = Math.min(RESERVE_MAX, this.#credit >> 2);
    if (flights.inFlight >= this.#credit - reserve) return null;
    if (flights.readingsInFlight >= BACKLOG_READINGS_MAX) return null;
    for (;;) {
      const frame = this.#lanes.backlog();
      if (frame === null) return null;
      if (!flights.has(frame.epoch, frame.seq) && this.#refs.has(frame.epoch)) return frame;
    }
  }

  /** Sees to it that the hub has the describe frames of an epoch. Costs nothing while they stay the same. */
  #introduce(epoch: number): void {
    const describes = this.#options.store.describes(epoch);
    if (this.#introduced.get(epoch) === describes) return;
    this.#introduced.set(epoch, describes);
    const known = this.#settled.get(epoch);
    for (const frame of describes)
      if (known?.has(frame.seq) !== true && !this.#described.has(nameOf(frame)))
        this.#introductions.push(frame);
  }

  #send(stored: StoredFrame): void {
    const { store, flights, counters, connection, departed } = this.#options;
    const ref = this.#refs.get(stored.epoch);
    if (ref === undefined) return;
    const accepted = withoutChannels(stored, store.refusedChannels(stored.epoch));
    const frame = withoutChannels(accepted, this.#leftOut.get(stored.epoch) ?? NONE);
    if (flights.depart(frame)) {
      counters.readingsSent += frame.readings;
      counters.readingsRejected += stored.readings - frame.readings;
    }
    if (frame.kind === 'describe') {
      this.#described.add(nameOf(frame));
      this.#describing.push(frame);
    }
    counters.framesSent++;
    const bytes = withEpoch(frame.bytes, ref);
    connection.send(bytes);
    departed(bytes.length);
  }
}

function nameOf({ epoch, seq }: StoredFrame): string {
  return `${epoch} ${seq}`;
}

const NONE: ReadonlySet<number> = new Set();
