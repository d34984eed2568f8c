/** What becomes of frames once the hub has spoken: stored, refused, or known to it all along. One per session. */
import {
  ErrorCode,
  ProtocolError,
  SequenceSet,
  codeName,
  type Ack,
  type EpochRef,
  type HeldEpoch,
  type Reject,
  type Welcome,
} from '@weir/protocol';
import type { Logger } from '@weir/runtime';
import type { LinkCounters } from './counters.js';
import type { Flights } from './flights.js';
import type { FrameStore, LinkObserver } from './ports.js';

/** Epoch references below this are indices into the epochs of `hello`. */
const EPOCH_INDEX_END = 0x1_0000;

export interface SettlementOptions {
  readonly store: FrameStore;
  readonly flights: Flights;
  readonly counters: LinkCounters;
  readonly observer: Pick<LinkObserver, 'acked'>;
  readonly logger: Logger;
}

export class Settlement {
  readonly #epochs: readonly HeldEpoch[];
  readonly #options: SettlementOptions;

  /** `epochs` as announced in `hello`. */
  constructor(epochs: readonly HeldEpoch[], options: SettlementOptions) {
    this.#epochs = epochs;
    this.#options = options;
  }

  /** Takes what the hub has already, and returns it by epoch. */
  welcome(welcome: Welcome, nowUs: number): Map<number, SequenceSet> {
    if (welcome.settled.length !== this.#epochs.length)
      throw new ProtocolError(ErrorCode.outOfRange, 'settled: not as many as the epochs of hello', {
        limit: this.#epochs.length,
        value: welcome.settled.length,
      });
    const settled = new Map<number, SequenceSet>();
    for (const [index, { epoch }] of this.#epochs.entries()) {
      const ranges = welcome.settled[index] ?? [];
      settled.set(epoch, SequenceSet.from(ranges));
      for (const [first, last] of ranges) this.#stored(epoch, first, last, nowUs);
      this.#options.store.reconcile(epoch);
    }
    return settled;
  }

  ack(ack: Ack, nowUs: number): void {
    for (const { epoch, range } of ack.stored) this.#stored(this.#epochOf(epoch), range[0], range[1], nowUs);
  }

  /**
   * A refused frame is dropped: it would be refused again. Told once per code, counted always. Returns its epoch, or null
   * where the hub could not tell which frame it was.
   */
  reject(reject: Reject): number | null {
    const { counters, flights, store, logger } = this.#options;
    const { code, limit, value, message, seq } = reject;
    const details = { code: codeName(ErrorCode, code), limit, value, message, seq };
    if (counters.rejected(code))
      logger.error(details, 'the hub refused a frame for good; its readings are dropped');
    else logger.debug(details, 'frame refused');
    if (reject.epoch === null || seq === null) return null;
    const epoch = this.#epochOf(reject.epoch);
    store.refuse(epoch, seq);
    flights.settle(epoch, seq, seq, (readings) => (counters.readingsRejected += readings));
    store.settle(epoch, seq, seq);
    return epoch;
  }

  #stored(epoch: number, first: number, last: number, nowUs: number): void {
    const { flights, counters, observer, store } = this.#options;
    flights.settle(epoch, first, last, (readings, takenUs) => {
      counters.readingsAcked += readings;
      if (readings > 0) observer.acked(readings, takenUs, nowUs);
    });
    store.settle(epoch, first, last);
  }

  #epochOf(ref: EpochRef): number {
    if (ref >= EPOCH_INDEX_END) return ref;
    const epoch = this.#epochs[ref]?.epoch;
    if (epoch !== undefined) return epoch;
    const limit = this.#epochs.length - 1;
    throw new ProtocolError(ErrorCode.unknownEpoch, `epoch index ${ref} over ${limit}`, {
      limit,
      value: ref,
    });
  }
}
