/**
 * Readings that the server refused for good, each with its reason, in a log of its own. A record is JSON, one of
 *
 *   {"at_us", "status", "reason", "line", "device", "channel", "epoch", "seq", "index", "offset"}   an entry
 *   the same with "replaces": PLACE        an entry that was tried again and refused again; the one at PLACE is over
 *   {"over": [PLACE, ...], "how": "stored" | "dropped", "at_us", "by"}      entries that are over
 *
 * PLACE is an entry's offset in this log. An entry is over with one record, so a crash leaves it or takes it, whole.
 *
 * A crash between quarantine and cursor makes a batch come again; what is here from the cursor on is therefore remembered,
 * and `add` leaves it out. Limit: beyond its size the oldest go, whole files at a time, which is told.
 */
import { Log, nodeFiles, type FileSystem } from '@weir/log';
import { WeirError, systemClock, systemTimers, type Clock, type Timers } from '@weir/runtime';
import type { Line } from './lines.js';
import { LiveEntries } from './live-entries.js';

export interface Refused {
  readonly line: Line;
  readonly status: number;
  readonly reason: string;
}

/** As in the log. */
export interface Entry {
  readonly at_us: number;
  readonly status: number;
  readonly reason: string;
  readonly line: string;
  readonly device: string;
  readonly channel: string;
  readonly epoch: number;
  readonly seq: number;
  readonly index: number;
  readonly offset: number;
  readonly replaces?: number;
}

/** An entry and where it is. */
export interface PlacedEntry {
  readonly place: number;
  readonly entry: Entry;
}

interface Over {
  readonly over: readonly number[];
}

export type Ending = 'stored' | 'dropped';

/** What tells a reading from all others of the log. */
type Identity = Pick<Entry, 'channel' | 'epoch' | 'seq' | 'index'>;

const keyOf = ({ channel, epoch, seq, index }: Identity): string => `${epoch} ${seq} ${index} ${channel}`;

/** What it takes from the machine. */
export interface QuarantineSurroundings {
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly timers: Timers;
}

const REAL: QuarantineSurroundings = { files: nodeFiles, clock: systemClock, timers: systemTimers };

const READ_BYTES = 2 ** 20;
/** Files that a full quarantine is made of: the oldest of them goes. */
const FILES = 8;
/** Places in one record: far below the longest that the log takes. */
const OVER_MAX = 50_000;

export class Quarantine {
  readonly #log: Log;
  readonly #clock: Clock;
  /** Identities of what was put here from the cursor on, with their offset in the hub's log. */
  readonly #recent = new Map<string, number>();
  #live = new LiveEntries();
  #expired = 0;

  private constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** `cursor`: the log offset from which batches may come again. */
  static async open(
    dir: string,
    bytes: number,
    cursor: number,
    around: QuarantineSurroundings = REAL,
  ): Promise<Quarantine> {
    const quarantine = new Quarantine(await openLog(dir, bytes, around), around.clock);
    await quarantine.#load(cursor);
    return quarantine;
  }

  /** Readings kept here. */
  get count(): number {
    return this.#live.count;
  }

  /** Readings that had to go since it was opened, because there were too many. */
  get expired(): number {
    return this.#expired;
  }

  /** End of its log: what is put here from now on lies behind. */
  get end(): number {
    return this.#log.end;
  }

  /** Resolves when all are on disk. */
  async add(refused: readonly Refused[]): Promise<void> {
    for (const { line, status, reason } of refused) {
      const { column, index, text } = line;
      const { series, epoch, logOffset: offset } = column;
      const { device, channel } = series;
      const [seq = 0, place = 0] = [column.seq[index], column.index[index]];
      const identity = { device, channel, epoch, seq, index: place, offset };
      if (this.#recent.has(keyOf(identity))) continue;
      this.#recent.set(keyOf(identity), offset);
      this.#append({ at_us: this.#clock.utcUs(), status, reason, line: text, ...identity });
    }
    await this.#settled();
  }

  /** Batches from before `cursor` do not come again. */
  passed(cursor: number): void {
    for (const [key, offset] of this.#recent) if (offset < cursor) this.#recent.delete(key);
  }

  /** Places of entries from `from` on and before `to`, of one device or all. */
  places(from: number, to: number, device: string | null, most: number): number[] {
    return this.#live.within(from, to, device, most);
  }

  /** What there is of one device. */
  of(device: string): ReturnType<LiveEntries['of']> {
    return this.#live.of(device);
  }

  /** The entries at some places, in order. Throws `log.*`. */
  async read(places: readonly number[]): Promise<PlacedEntry[]> {
    const found: PlacedEntry[] = [];
    let next = 0;
    while (next < places.length) {
      const batch = await this.#log.read(places[next] ?? 0, READ_BYTES);
      for (const { offset, data } of batch.records) {
        if (offset !== places[next]) continue;
        found.push({ place: offset, entry: parsed(data) as Entry });
        next++;
      }
      while (next < places.length && (places[next] ?? 0) < batch.next) next++;
      if (batch.records.length === 0) break;
    }
    return found;
  }

  /** Entries are over. Resolves when that is on disk. */
  async over(places: readonly number[], how: Ending, by: string): Promise<void> {
    for (let at = 0; at < places.length; at += OVER_MAX) {
      const over = places.slice(at, at + OVER_MAX);
      this.#log.append(encoded({ over, how, at_us: this.#clock.utcUs(), by }));
    }
    this.#live.remove(places);
    await this.#settled();
  }

  /** Entries were tried again and refused again. Resolves when that is on disk. */
  async again(
    refused: readonly (PlacedEntry & { readonly status: number; readonly reason: string })[],
  ): Promise<void> {
    // Those dropped meanwhile stay dropped.
    const still = refused.filter(({ place }) => this.#live.has(place));
    this.#live.remove(still.map(({ place }) => place));
    for (const { place, entry, status, reason } of still)
      this.#append({ ...entry, at_us: this.#clock.utcUs(), status, reason, replaces: place });
    await this.#settled();
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  #append(entry: Entry): void {
    const place = this.#log.end;
    this.#log.append(encoded(entry));
    this.#live.add(place, entry.device);
  }

  /** On disk, within its size, and with files that hold nothing any more gone. */
  async #settled(): Promise<void> {
    await this.#log.flushed();
    const before = this.count;
    const dropped = await this.#log.enforceRetention();
    if (dropped !== null) {
      this.#live.remove(this.#live.within(0, dropped.to, null, Infinity));
      this.#expired += before - this.count;
    }
    const [oldest] = this.#live.within(0, Infinity, null, 1);
    await this.#log.dropBefore(oldest ?? this.#log.durable);
  }

  async #load(cursor: number): Promise<void> {
    const over: number[] = [];
    for (let at = this.#log.start; at < this.#log.durable;) {
      const batch = await this.#log.read(at, READ_BYTES);
      for (const { offset: place, data } of batch.records) {
        const record = parsed(data);
        if ('over' in record) {
          over.push(...record.over);
          continue;
        }
        if (record.replaces !== undefined) over.push(record.replaces);
        this.#live.add(place, record.device);
        if (record.offset >= cursor) this.#recent.set(keyOf(record), record.offset);
      }
      at = batch.next;
    }
    this.#live.remove(over);
  }
}

function encoded(record: object): Uint8Array {
  return Buffer.from(JSON.stringify(record));
}

function parsed(data: Uint8Array): Entry | Over {
  return JSON.parse(Buffer.from(data).toString()) as Entry | Over;
}

/** A worker thread that died without a word leaves its lock, which looks alive: it is of this process. It is taken over. */
async function openLog(
  dir: string,
  bytes: number,
  { files, clock, timers }: QuarantineSurroundings,
): Promise<Log> {
  const options = { segmentBytes: Math.ceil(bytes / FILES), retention: { bytes }, files, clock, timers };
  try {
    return await Log.open(dir, options);
  } catch (error) {
    const { code, details } = WeirError.from(error);
    if (code !== 'log.locked' || details.pid !== process.pid || typeof details.file !== 'string') throw error;
    await files.remove(details.file);
    return Log.open(dir, options);
  }
}
