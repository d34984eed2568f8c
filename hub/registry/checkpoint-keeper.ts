import type { Log } from '@weir/log';
import { messageOf, type Clock, type Logger, type Timers } from '@weir/runtime';
import { capture } from './capture.js';
import type { CheckpointFiles } from './checkpoint.js';
import type { MissedRecords } from '../ledger/missed.js';
import type { Registry } from './registry.js';

const LOOK_MS = 10_000;
/**
 * Log written since the last checkpoint at which another is due: bounds the time to read it back at the next start to
 * about half a second, by bytes for long frames and by records for short ones.
 */
const DUE_BYTES = 16 * 2 ** 20;
const DUE_RECORDS = 200_000;
const DUE_US = 300e6;
/** The least time between two, for each series: some six times what it costs to take one down. */
const REST_US = 5;

export interface KeeperParts {
  readonly files: CheckpointFiles;
  readonly registry: Registry;
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Is there a policy by which old parts of the log are dropped? */
  readonly dropsOldLog: boolean;
  /** Takes note of what goes before every store has read it. */
  readonly missed?: MissedRecords;
  /** The log from here on is in no checkpoint yet. */
  readonly savedOffset: number;
}

/** What a checkpoint covers, and when it was there. */
interface Saved {
  readonly offset: number;
  readonly records: number;
  readonly atUs: number;
}

/** Writes checkpoints as the log grows, and lets old parts of the log go once no checkpoint needs them. */
export class CheckpointKeeper {
  readonly #parts: KeeperParts;
  readonly #stopListening: () => void;
  #saved: Saved;
  /** From where each of the two checkpoints needs the log; what an earlier run wrote is not known. */
  #newest: number | null = null;
  #neededFrom = 0;
  #running: Promise<void> | null = null;
  #cancel: () => void = () => undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    const { log, clock, savedOffset } = parts;
    this.#saved = { offset: savedOffset, records: 0, atUs: clock.monotonicUs() };
    this.#stopListening = log.onDurable(() => {
      if (this.#running === null && this.#hasGrown()) this.#look();
    });
    this.#schedule();
  }

  /** Writes a checkpoint of all that has been appended, once that is on disk. */
  async save(): Promise<void> {
    const { files, registry, log, clock, missed } = this.#parts;
    missed?.places();
    const records = registry.applied;
    const { offset } = await files.save(capture(registry, log));
    this.#neededFrom = this.#newest ?? 0;
    this.#newest = offset;
    this.#saved = { offset, records, atUs: clock.monotonicUs() };
  }

  /** Begins no more and waits for what is being written, unless that waits for a disk that is full. */
  async stop(): Promise<void> {
    this.#cancel();
    this.#stopListening();
    if (this.#parts.log.state === 'ok') await this.#running;
  }

  #schedule(): void {
    this.#cancel = this.#parts.timers.after(LOOK_MS, () => {
      if (this.#running === null && (this.#hasGrown() || this.#isOld())) this.#look();
      this.#schedule();
    });
  }

  /** Enough to read back, and the last checkpoint long enough ago. */
  #hasGrown(): boolean {
    const { log, registry, clock } = this.#parts;
    const { offset, records, atUs } = this.#saved;
    const grown = log.end - offset >= DUE_BYTES || registry.applied - records >= DUE_RECORDS;
    return grown && clock.monotonicUs() - atUs >= REST_US * registry.seriesCount;
  }

  #isOld(): boolean {
    const { log, clock, dropsOldLog } = this.#parts;
    const { offset, atUs } = this.#saved;
    return clock.monotonicUs() - atUs > DUE_US && (log.end > offset || dropsOldLog);
  }

  #look(): void {
    if (this.#parts.log.state !== 'ok') return;
    this.#running = this.#keep()
      .catch((error: unknown) => {
        this.#parts.logger.error({ reason: messageOf(error) }, 'cannot keep the registry checkpoint');
      })
      .then(() => {
        this.#running = null;
      });
  }

  /** What goes is needed by neither checkpoint, not even the older one. */
  async #keep(): Promise<void> {
    await this.save();
    const { dropsOldLog, log, logger, missed } = this.#parts;
    const expiring = dropsOldLog ? log.expiring(this.#neededFrom) : null;
    if (expiring === null) return;
    await missed?.writeDown(expiring);
    const dropped = await log.enforceRetention(expiring.to);
    if (dropped !== null) logger.info(dropped, 'dropped old log files by the retention policy');
  }
}
