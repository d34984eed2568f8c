/**
 * Writes the cursor down as it moves: at once, then at most once a second, so that a fast stream does not wear a card
 * out. After a crash the file is at most that old, and what was published since is published again.
 */
import { messageOf, type Logger, type Timers } from '@weir/runtime';

/** Where a cursor is kept: `Cursor` of @weir/log. */
export interface CursorFile {
  readonly value: number;
  save(value: number): Promise<void>;
}

const SAVE_INTERVAL_MS = 1_000;

export class CursorKeeper {
  readonly #file: CursorFile;
  readonly #timers: Timers;
  readonly #logger: Logger;
  #value: number;
  #saved: number;
  #saving: Promise<void> | null = null;
  #cancelTimer: (() => void) | null = null;
  #error: string | null = null;
  #closed = false;

  constructor(file: CursorFile, timers: Timers, logger: Logger) {
    this.#file = file;
    this.#timers = timers;
    this.#logger = logger;
    this.#value = this.#saved = file.value;
  }

  /** Acknowledged up to here; the file follows. */
  get value(): number {
    return this.#value;
  }

  /** Why the last save failed, or null. It is tried again every second. */
  get error(): string | null {
    return this.#error;
  }

  moveTo(value: number): void {
    this.#value = value;
    if (this.#saving === null && this.#cancelTimer === null) this.#saving = this.#save();
  }

  /** Resolves when the last value is on disk, or has failed once more to get there (`error`). */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    await this.#saving;
    if (this.#saved !== this.#value) await this.#save();
  }

  async #save(): Promise<void> {
    const value = this.#value;
    try {
      await this.#file.save(value);
      this.#saved = value;
      this.#error = null;
    } catch (error) {
      if (this.#error === null) this.#logger.error({ err: error }, 'the cursor file cannot be written');
      this.#error = messageOf(error);
    }
    this.#saving = null;
    if (!this.#closed) this.#cancelTimer = this.#timers.after(SAVE_INTERVAL_MS, () => this.#again());
  }

  #again(): void {
    this.#cancelTimer = null;
    if (this.#saved !== this.#value) this.#saving = this.#save();
  }
}
