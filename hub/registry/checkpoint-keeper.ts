import type { Log } from '@weir/log';
import { messageOf, type Clock, type Logger, type Timers } from '@weir/runtime';
import type { CheckpointFiles } from './checkpoint.js';
import type { Registry } from './registry.js';
import { snapshotOf } from './snapshot.js';

const LOOK_MS = 10_000;
/** Log written since the last checkpoint at which another is due: bounds the time to read it back. */
const DUE_BYTES = 32 * 2 ** 20;
const DUE_US = 300e6;

export interface KeeperParts {
  readonly files: CheckpointFiles;
  readonly registry: Registry;
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Is there a policy by which old parts of the log are dropped? */
  readonly dropsOldLog: boolean;
}

/** Writes checkpoints as the log grows, and lets old parts of the log go once no checkpoint needs them. */
export class CheckpointKeeper {
  readonly #parts: KeeperParts;
  #savedOffset: number;
  #savedUs: number;
  #running: Promise<void> | null = null;
  #cancel: () => void = () => undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#savedOffset = parts.log.durable;
    this.#savedUs = parts.clock.monotonicUs();
    this.#schedule();
  }

  /** Writes a checkpoint of all that has been appended, once that is on disk. */
  async save(): Promise<void> {
    const { files, registry, log, clock } = this.#parts;
    const snapshot = snapshotOf(registry, log.end);
    await log.flushed();
    await files.save(snapshot);
    this.#savedOffset = snapshot.offset;
    this.#savedUs = clock.monotonicUs();
  }

  /** Ends the schedule and waits for what is being written. */
  async stop(): Promise<void> {
    this.#cancel();
    await this.#running;
    this.#cancel();
  }

  #schedule(): void {
    this.#cancel = this.#parts.timers.after(LOOK_MS, () => {
      this.#running = this.#look()
        .catch((error: unknown) => {
          this.#parts.logger.error({ reason: messageOf(error) }, 'cannot keep the registry checkpoint');
        })
        .then(() => {
          this.#running = null;
          this.#schedule();
        });
    });
  }

  async #look(): Promise<void> {
    const { log, clock, dropsOldLog } = this.#parts;
    if (log.state !== 'ok') return;
    const grown = log.end - this.#savedOffset;
    const old = clock.monotonicUs() - this.#savedUs > DUE_US;
    if (grown < DUE_BYTES && !(old && (grown > 0 || dropsOldLog))) return;
    await this.save();
    if (dropsOldLog) await this.#dropOldLog();
  }

  /** Both checkpoints are brought up to date first, so that not even the older one needs what goes. */
  async #dropOldLog(): Promise<void> {
    await this.save();
    const dropped = await this.#parts.log.enforceRetention();
    if (dropped !== null) this.#parts.logger.info(dropped, 'dropped old log files by the retention policy');
  }
}
