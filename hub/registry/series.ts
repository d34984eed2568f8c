import { decodeFrame, type ChannelType, type Frame, type ReadingValue } from '@weir/protocol';

/** What never changes about a channel of a device. */
export interface SeriesIdentity {
  readonly id: number;
  readonly device: string;
  readonly channel: string;
  readonly type: ChannelType;
  /** SenML unit, `''` where there is none. */
  readonly unit: string;
}

/** One channel of one device. */
export class Series implements SeriesIdentity {
  readonly id: number;
  readonly device: string;
  readonly channel: string;
  readonly type: ChannelType;
  readonly unit: string;
  /** As last described. */
  intervalMs: number | null = null;
  /** UTC us of the latest reading by the time it was taken, not by arrival: a backlog does not change it. */
  lastUs: number | null = null;
  #lastOffset = 0;
  #value: ReadingValue | null = null;
  /** The frame that holds the latest value, decoded only when somebody asks, and the channel's index in it. */
  #frame: Uint8Array | null = null;
  #index = 0;
  readonly #watchers = new Set<(end: number) => void>();

  constructor({ id, device, channel, type, unit }: SeriesIdentity) {
    this.id = id;
    this.device = device;
    this.channel = channel;
    this.type = type;
    this.unit = unit;
  }

  /** The value read at `lastUs`. */
  get lastValue(): ReadingValue | null {
    if (this.#frame !== null) this.#value = lastValueIn(decoded(this.#frame), this.#index);
    this.#frame = null;
    return this.#value;
  }

  /** End of its last record in the log; 0 when there was none since the hub's start. */
  get lastOffset(): number {
    return this.#lastOffset;
  }

  /** A record with readings of it was appended, which ends at `end`. */
  appended(end: number): void {
    this.#lastOffset = end;
    for (const watcher of this.#watchers) watcher(end);
  }

  /** Calls back with the end of each record appended from now on. Returns what ends it. */
  watch(watcher: (end: number) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  setLatest(lastUs: number | null, value: ReadingValue | null): void {
    this.lastUs = lastUs;
    this.#value = value;
    this.#frame = null;
  }

  /** The latest value is the last one of channel `index` in a readings frame. Keeps `frame`. */
  setLatestIn(lastUs: number, frame: Uint8Array, index: number): void {
    this.lastUs = lastUs;
    this.#frame = frame;
    this.#index = index;
  }
}

/** The last value of a channel in a readings frame; null if it is not there. */
export function lastValueIn(frame: Frame, index: number): ReadingValue | null {
  if (frame.type !== 'readings') return null;
  const column = frame.columns.find(({ channel }) => channel === index);
  return column?.values[column.values.length - 1] ?? null;
}

/** Channels of one frame are asked for one after the other. */
let latest: { readonly bytes: Uint8Array; readonly frame: Frame } | null = null;

function decoded(bytes: Uint8Array): Frame {
  if (latest?.bytes !== bytes) latest = { bytes, frame: decodeFrame(bytes) };
  return latest.frame;
}
