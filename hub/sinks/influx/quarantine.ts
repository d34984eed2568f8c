/**
 * Readings that the server refused for good, each with its reason, in a log of its own. A record is JSON:
 *
 *   {"at_us", "status", "reason", "line", "device", "channel", "epoch", "seq", "index", "offset"}
 *
 * A crash between quarantine and cursor makes the batch come again; `open` therefore remembers what is there from the
 * cursor on, and `add` leaves it out. Limit: beyond its size the oldest go.
 */
import { Log, nodeFiles, type FileSystem } from '@weir/log';
import { WeirError, systemClock, systemTimers, type Clock, type Timers } from '@weir/runtime';
import type { Line } from './lines.js';

export interface Refused {
  readonly line: Line;
  readonly status: number;
  readonly reason: string;
}

/** What tells a reading from all others of the log. */
interface Identity {
  readonly channel: string;
  readonly index: number;
  readonly offset: number;
}

const keyOf = ({ channel, index, offset }: Identity): string => `${offset} ${index} ${channel}`;

/** What it takes from the machine. */
export interface QuarantineSurroundings {
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly timers: Timers;
}

const REAL: QuarantineSurroundings = { files: nodeFiles, clock: systemClock, timers: systemTimers };

const READ_BYTES = 2 ** 20;

export class Quarantine {
  readonly #log: Log;
  /** Identities of what was put here from the cursor on. */
  readonly #recent: Set<string>;
  #count: number;

  private constructor(log: Log, count: number, recent: Set<string>) {
    this.#log = log;
    this.#count = count;
    this.#recent = recent;
  }

  /** `cursor`: the log offset from which batches may come again. */
  static async open(
    dir: string,
    bytes: number,
    cursor: number,
    around: QuarantineSurroundings = REAL,
  ): Promise<Quarantine> {
    const log = await openLog(dir, bytes, around);
    const recent = new Set<string>();
    let count = 0;
    for (let at = log.start; at < log.durable;) {
      const batch = await log.read(at, READ_BYTES);
      for (const { data } of batch.records) {
        count += 1;
        const record = JSON.parse(Buffer.from(data).toString()) as Identity;
        if (record.offset >= cursor) recent.add(keyOf(record));
      }
      at = batch.next;
    }
    return new Quarantine(log, count, recent);
  }

  /** Readings kept here. */
  get count(): number {
    return this.#count;
  }

  /** Resolves when all are on disk. */
  async add(refused: readonly Refused[], atUs: number): Promise<void> {
    for (const { line, status, reason } of refused) {
      const { column, index, text } = line;
      const { series, epoch, seq, logOffset: offset, firstIndex } = column;
      const { device, channel } = series;
      const identity = { device, channel, epoch, seq, index: firstIndex + index, offset };
      if (this.#recent.delete(keyOf(identity))) continue;
      const record = { at_us: atUs, status, reason, line: text, ...identity };
      this.#log.append(Buffer.from(JSON.stringify(record)));
      this.#count += 1;
    }
    await this.#log.flushed();
    await this.#log.enforceRetention();
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}

/** A worker thread that died without a word leaves its lock, which looks alive: it is of this process. It is taken over. */
async function openLog(
  dir: string,
  bytes: number,
  { files, clock, timers }: QuarantineSurroundings,
): Promise<Log> {
  const options = { retention: { bytes }, files, clock, timers };
  try {
    return await Log.open(dir, options);
  } catch (error) {
    const { code, details } = WeirError.from(error);
    if (code !== 'log.locked' || details.pid !== process.pid || typeof details.file !== 'string') throw error;
    await files.remove(details.file);
    return Log.open(dir, options);
  }
}
