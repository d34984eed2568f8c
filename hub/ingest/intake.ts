/**
 * Frames of one device, from one connection or request, into the log.
 *
 *   frame ──► epoch known? ──► seen already? ──► check ──► append ──► tables
 *                  │                │              │
 *               refused         duplicate     refused: recorded, so that the same frame sent again is known
 *
 * A frame is taken whole or not at all. The tables change after the append alone, so that a full log changes nothing.
 * Readings gather in a run, which is appended as a whole (ingest.ts).
 */
import {
  encodeFrame,
  ErrorCode,
  ProtocolError,
  registeredCode,
  type Describe,
  type EpochRef,
  type Gap,
  type ReadingsSummary,
  type Reject,
} from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import type { DeviceEntry } from '../registry/device.js';
import type { ClockOffset, EpochEntry } from '../registry/epoch.js';
import { seriesOfReadings } from './check.js';
import type { StoredFrame } from '../registry/registry.js';
import type { Ingest } from './ingest.js';
import type { Span } from './offset-bounds.js';
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
  readonly #indexes = new Map<number, number>();
  readonly #series: number[] = [];

  constructor(ingest: Ingest, device: DeviceEntry, epochs: readonly EpochEntry[], placing: Placing) {
    this.#ingest = ingest;
    this.device = device;
    this.epochs = epochs;
    this.#placing = placing;
    for (const [index, { epoch }] of epochs.entries()) this.#indexes.set(epoch, index);
  }

  /** Place in hello of the epoch that a reference names; no place there is where it names none. */
  #indexOf(ref: EpochRef): number {
    return ref < EPOCH_INDEX_END ? ref : (this.#indexes.get(ref) ?? -1);
  }

  /** Takes an inspected frame; `bytes` are its bytes as they came. */
  accept(frame: StoredFrame, bytes: Uint8Array, receivedUs: number): Outcome {
    const index = this.#indexOf(frame.epoch);
    const entry = this.epochs[index];
    if (entry === undefined) return this.refuse(unknownEpoch(frame.epoch, frame.seq), receivedUs);
    const known = this.#known(entry, frame.epoch, frame.seq);
    if (known !== null) return known;
    try {
      if (frame.type === 'readings') return this.#readings(frame, bytes, receivedUs, entry, index);
      return this.#append(this.#recordOf(frame, bytes, receivedUs, entry, index), frame, entry, null);
    } catch (error) {
      if (error instanceof ProtocolError) return this.refuse(error.of(frame.epoch, frame.seq), receivedUs);
      throw error;
    }
  }

  /** Takes note of a frame that did not pass. Recorded where its identity is known. */
  refuse(error: ProtocolError, receivedUs: number): Outcome {
    const reject = rejectOf(error);
    const index = error.epoch === null ? -1 : this.#indexOf(error.epoch);
    const entry = this.epochs[index];
    if (entry === undefined || error.seq === null) {
      this.#ingest.counts.rejected++;
      this.device.rejects.note(reject, receivedUs);
      return { reject, recorded: false };
    }
    const known = this.#known(entry, error.epoch ?? entry.epoch, error.seq);
    if (known !== null) return known;
    const record = this.#envelope(RecordKind.rejected, error.seq, receivedUs, entry, {
      series: [],
      frame: encodeFrame({ ...reject, epoch: entry.epoch }),
      clock: this.#placing(index, error.seq, null),
    });
    return this.#append(record, null, entry, reject);
  }

  /** What the hub knows of the frame already, if it does; the tables are up to date then. */
  #known(entry: EpochEntry, ref: EpochRef, seq: number): 'duplicate' | 'settled' | Refused | null {
    const goesOn = this.#ingest.expect(entry, seq);
    if (entry.seen.has(seq)) {
      this.#ingest.counts.duplicates++;
      if (!entry.settled.has(seq)) return 'duplicate';
      return this.#refusedBefore(entry, ref, seq) ?? 'settled';
    }
    if (!goesOn && !this.device.hasRoomFor(entry, seq)) throw scattered(this.device.name, entry.epoch, seq);
    return null;
  }

  /** What was refused is refused again, never acknowledged: its reject may have been lost on the way. */
  #refusedBefore({ epoch }: EpochEntry, ref: EpochRef, seq: number): Refused | null {
    const code = this.device.accounts.get(epoch)?.refusalOf(seq) ?? null;
    if (code === null) return null;
    const reject = {
      type: 'reject',
      ...{ epoch: ref, seq, code: errorCodeOf(code), limit: null, value: null },
      message: 'refused when it came first',
    } as const;
    return { reject, recorded: false };
  }

  #readings(
    frame: ReadingsSummary,
    bytes: Uint8Array,
    receivedUs: number,
    entry: EpochEntry,
    index: number,
  ): Outcome {
    const series = seriesOfReadings(frame, entry, this.#series);
    const clock = this.#placing(index, frame.seq, frame);
    this.#ingest.openRun(this.device, entry, frame.seq, clock, receivedUs);
    return this.#ingest.add(frame, series, bytes) ? 'stored' : 'overloaded';
  }

  #append(
    record: HubRecord,
    frame: Describe | Gap | null,
    entry: EpochEntry,
    refusal: Reject | null,
  ): Outcome {
    if (!this.#ingest.append(record, frame, entry, refusal)) return 'overloaded';
    return refusal === null ? 'stored' : { reject: refusal, recorded: true };
  }

  #recordOf(
    frame: Describe | Gap,
    bytes: Uint8Array,
    receivedUs: number,
    entry: EpochEntry,
    index: number,
  ): HubRecord {
    const isGap = frame.type === 'gap';
    return this.#envelope(RecordKind[frame.type], frame.seq, receivedUs, entry, {
      series: isGap ? [] : this.#ingest.seriesOfDescribe(frame, this.device, entry),
      frame: isGap ? this.#selfContained(frame, entry) : bytes,
      clock: this.#placing(index, frame.seq, null),
    });
  }

  /** The gap with epochs by id: an index means nothing outside this session. */
  #selfContained(gap: Gap, entry: EpochEntry): Uint8Array {
    return encodeFrame({ ...gap, epoch: entry.epoch, lostEpoch: this.#lostEpoch(gap) });
  }

  /** A lost epoch of which nothing is held any more is in no hello: its id is taken as it is. */
  #lostEpoch({ lostEpoch }: Gap): number {
    if (lostEpoch >= EPOCH_INDEX_END) return lostEpoch;
    const entry = this.epochs[lostEpoch];
    if (entry === undefined) throw unknownEpoch(lostEpoch, null);
    return entry.epoch;
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

function scattered(device: string, epoch: number, seq: number): WeirError {
  const message = `the sequences of ${device} have more holes than are remembered: ${seq} of epoch ${epoch} would open another`;
  return new WeirError('hub.scattered_sequences', message, { details: { device, epoch, value: seq } });
}

const CODES = new Map<string, ErrorCode>(
  Object.values(ErrorCode).map((code) => [registeredCode(code), code]),
);

/** The code that the ledger names so. */
function errorCodeOf(name: string): ErrorCode {
  return CODES.get(name) ?? ErrorCode.malformed;
}

/** The frame that tells a device of a refusal. */
export function rejectOf({ epoch, seq, errorCode: code, limit, value, message }: ProtocolError): Reject {
  return { type: 'reject', epoch, seq, code, limit, value, message };
}
