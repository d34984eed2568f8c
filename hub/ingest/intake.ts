/**
 * Frames of one device, from one connection or request, into the log.
 *
 *   frame ──► epoch known? ──► seen already? ──► check ──► append ──► tables
 *                  │                │              │
 *               refused         duplicate     refused: recorded, so that the same frame sent again is known
 *
 * A frame is taken whole or not at all. The tables change after the append alone, so that a full log changes nothing.
 */
import {
  encodeFrame,
  ErrorCode,
  ProtocolError,
  withEpoch,
  type EpochRef,
  type Gap,
  type Reject,
} from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import type { DeviceEntry } from '../registry/device.js';
import type { ClockOffset, EpochEntry } from '../registry/epoch.js';
import { seriesOfReadings, spanOf } from './check.js';
import type { StoredFrame } from '../registry/registry.js';
import type { Ingest } from './ingest.js';
import type { Span } from './placement.js';
import { RecordKind, type HubRecord } from './record.js';

/**
 * stored: appended, to be acknowledged when on disk. duplicate: in the log already, the same. settled: on disk already.
 * overloaded: not taken, to be offered again. Refused: for good; `recorded` says whether the log keeps it, so that its
 * reject goes out when that is on disk, or whether it is to be sent at once.
 */
export type Outcome = 'stored' | 'duplicate' | 'settled' | 'overloaded' | Refused;

export interface Refused {
  readonly reject: Reject;
  readonly recorded: boolean;
}

/** The clock offset for a frame: place of its epoch in hello, sequence, span of its readings. */
export type Placing = (index: number, seq: number, span: Span | null) => ClockOffset;

const EPOCH_INDEX_END = 2 ** 16;

export class Intake {
  readonly device: DeviceEntry;
  /** In the order of hello. */
  readonly epochs: readonly EpochEntry[];
  readonly #ingest: Ingest;
  readonly #placing: Placing;
  readonly #indexOf = new Map<number, number>();

  constructor(ingest: Ingest, device: DeviceEntry, epochs: readonly EpochEntry[], placing: Placing) {
    this.#ingest = ingest;
    this.device = device;
    this.epochs = epochs;
    this.#placing = placing;
    for (const [index, { epoch }] of epochs.entries()) this.#indexOf.set(epoch, index);
  }

  /** The epoch that a reference names, and its place in hello. */
  resolve(ref: EpochRef): { entry: EpochEntry; index: number } | null {
    const index = ref < EPOCH_INDEX_END ? ref : this.#indexOf.get(ref);
    const entry = index === undefined ? undefined : this.epochs[index];
    return entry === undefined || index === undefined ? null : { entry, index };
  }

  /** Takes an inspected frame; `bytes` are its bytes as they came. */
  accept(frame: StoredFrame, bytes: Uint8Array, receivedUs: number): Outcome {
    const place = this.resolve(frame.epoch);
    if (place === null) return this.refuse(unknownEpoch(frame.epoch, frame.seq), receivedUs);
    const known = this.#known(place.entry, frame.seq);
    if (known !== null) return known;
    try {
      const record = this.#recordOf(frame, bytes, receivedUs, place.entry, place.index);
      return this.#append(record, frame, place.entry, null);
    } catch (error) {
      if (error instanceof ProtocolError) return this.refuse(error.of(frame.epoch, frame.seq), receivedUs);
      throw error;
    }
  }

  /** Takes note of a frame that did not pass. Recorded where its identity is known. */
  refuse(error: ProtocolError, receivedUs: number): Outcome {
    const reject = rejectOf(error);
    const place = error.epoch === null ? null : this.resolve(error.epoch);
    if (place === null || error.seq === null) {
      this.#ingest.counts.rejected++;
      this.device.rejects.note(reject, receivedUs);
      return { reject, recorded: false };
    }
    const known = this.#known(place.entry, error.seq);
    if (known !== null) return known;
    const record = this.#envelope(RecordKind.rejected, error.seq, receivedUs, place.entry, {
      series: [],
      frame: encodeFrame({ ...reject, epoch: place.entry.epoch }),
      clock: this.#placing(place.index, error.seq, null),
    });
    return this.#append(record, null, place.entry, reject);
  }

  #known({ seen, settled }: EpochEntry, seq: number): 'duplicate' | 'settled' | null {
    if (!seen.has(seq)) return null;
    this.#ingest.counts.duplicates++;
    return settled.has(seq) ? 'settled' : 'duplicate';
  }

  #append(record: HubRecord, frame: StoredFrame | null, entry: EpochEntry, refusal: Reject | null): Outcome {
    if (!this.device.hasRoomFor(entry, record.seq)) throw scattered(this.device.name, record);
    if (!this.#ingest.append(record, frame, entry, refusal)) return 'overloaded';
    return refusal === null ? 'stored' : { reject: refusal, recorded: true };
  }

  #recordOf(
    frame: StoredFrame,
    bytes: Uint8Array,
    receivedUs: number,
    entry: EpochEntry,
    index: number,
  ): HubRecord {
    const span = frame.type === 'readings' ? spanOf(frame) : null;
    const series =
      frame.type === 'readings'
        ? seriesOfReadings(frame, entry)
        : frame.type === 'describe'
          ? this.#ingest.seriesOfDescribe(frame, this.device, entry)
          : [];
    return this.#envelope(RecordKind[frame.type], frame.seq, receivedUs, entry, {
      series,
      frame: this.#selfContained(frame, bytes, entry),
      clock: this.#placing(index, frame.seq, span),
    });
  }

  /** The frame with epochs by id: an index means nothing outside this session. */
  #selfContained(frame: StoredFrame, bytes: Uint8Array, entry: EpochEntry): Uint8Array {
    if (frame.type === 'gap')
      return encodeFrame({ ...frame, epoch: entry.epoch, lostEpoch: this.#lostEpoch(frame) });
    return frame.epoch < EPOCH_INDEX_END ? withEpoch(bytes, entry.epoch) : bytes;
  }

  /** A lost epoch of which nothing is held any more is in no hello: its id is taken as it is. */
  #lostEpoch({ lostEpoch }: Gap): number {
    if (lostEpoch >= EPOCH_INDEX_END) return lostEpoch;
    const place = this.resolve(lostEpoch);
    if (place === null) throw unknownEpoch(lostEpoch, null);
    return place.entry.epoch;
  }

  #envelope(
    kind: RecordKind,
    seq: number,
    receivedUs: number,
    entry: EpochEntry,
    content: { series: ArrayLike<number>; frame: Uint8Array; clock: ClockOffset },
  ): HubRecord {
    const { offsetUs, uncertaintyUs, source: clockSource } = content.clock;
    const { series, frame } = content;
    const device = this.device.id;
    return {
      kind,
      device,
      epoch: entry.epoch,
      seq,
      receivedUs,
      offsetUs,
      uncertaintyUs,
      clockSource,
      series,
      frame,
    };
  }
}

function unknownEpoch(ref: EpochRef, seq: number | null): ProtocolError {
  const message = `epoch ${ref} is not in this session's hello`;
  return new ProtocolError(ErrorCode.unknownEpoch, message, { value: ref, epoch: ref, seq });
}

function scattered(device: string, { epoch, seq }: HubRecord): WeirError {
  const message = `the sequences of ${device} have more holes than are remembered: ${seq} of epoch ${epoch} would open another`;
  return new WeirError('hub.scattered_sequences', message, { details: { device, epoch, value: seq } });
}

/** The frame that tells a device of a refusal. */
export function rejectOf({ epoch, seq, errorCode: code, limit, value, message }: ProtocolError): Reject {
  return { type: 'reject', epoch, seq, code, limit, value, message };
}
