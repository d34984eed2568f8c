/**
 * One sink at work, until it is closed.
 *
 *            open                 more durable than the cursor
 *   ┌──► opening ──► running: linger ─► read ─► write ─► advance ──┐
 *   │       │            ▲                 │                       │
 *   │       │            └─────────────────┼───────────────────────┘
 *   │       ▼  fault                       ▼  fault
 *   └─── waiting (full jitter; `failed` when someone has to act first; sink and log closed meanwhile)
 *
 * Invariants: one write at a time; nothing read at or above the durable offset that it was told; tries for ever, so what
 * is mended is picked up without a restart.
 */
import { LogReader, type FileSystem } from '@weir/log';
import { fullJitter, WeirError, type Clock, type Entropy, type Timers } from '@weir/runtime';
import { BatchReader, type BatchLimits } from './batch-reader.js';
import type { SeriesTable } from './place.js';
import type { Sink, SinkState, SinkStatus, SkippedRange } from './sink.js';

export interface SinkRunParts {
  readonly sink: Sink;
  readonly logDir: string;
  /** In place of the real file system, under the log. */
  readonly files?: FileSystem;
  readonly series: SeriesTable;
  readonly limits: BatchLimits;
  /** Longest wait for more readings before a write. */
  readonly maxDelayMs: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly entropy: Entropy;
  readonly onStatus: (status: RunStatus) => void;
}

export type RunStatus = Omit<SinkStatus, 'name' | 'kind'>;

const BACKOFF = { baseMs: 250, capMs: 30_000 };
const RETRY_AFTER_MS_MAX = 300_000;
const SKIPPED_KEPT = 16;

export class SinkRun {
  readonly #parts: SinkRunParts;
  #durable = -1;
  #cursor = 0;
  #readings = 0;
  #skipped: SkippedRange[] = [];
  #fault: WeirError | null = null;
  #ahead: WeirError | null = null;
  #retryAtMs: number | null = null;
  /** Below this nothing waits for more. */
  #hurryTo = 0;
  #closing = false;
  #attempt = 0;
  /** Ends the present wait, whatever it waits for. */
  #wake: () => void = () => undefined;

  constructor(parts: SinkRunParts) {
    this.#parts = parts;
  }

  /** Everything below `durable` may be read; what is below `hurryTo` is written without a wait for more. */
  advance(durable: number, hurryTo = 0): void {
    this.#durable = Math.max(this.#durable, durable);
    this.#hurryTo = Math.max(this.#hurryTo, hurryTo);
    if (this.#fault === null) this.#wake();
  }

  /** Tells the status anew: something beside the writes has changed it. */
  refresh(): void {
    this.#tell();
  }

  /** Resolves after `close`, once the sink has let go. */
  async run(): Promise<void> {
    while (!this.#isClosing()) {
      const fault = await this.#once();
      await this.#parts.sink.close().catch(() => undefined);
      if (fault !== null && !this.#isClosing()) await this.#recover(fault);
    }
  }

  /** Finishes the write under way, or ends it early where the sink can, and does no more. */
  close(): void {
    this.#closing = true;
    this.#parts.sink.cancel?.();
    this.#wake();
  }

  /** A call, since `close` may come during any wait. */
  #isClosing(): boolean {
    return this.#closing;
  }

  /** From open to the first fault; null when closing ended it. */
  async #once(): Promise<WeirError | null> {
    const { sink, logDir, files, series, limits } = this.#parts;
    let log: LogReader | null = null;
    try {
      this.#cursor = await sink.open();
      log = await LogReader.open(logDir, files === undefined ? {} : { files });
      this.#tell();
      await this.#drain(new BatchReader(log, series, limits));
      return null;
    } catch (error) {
      return WeirError.from(error);
    } finally {
      await closed(log);
    }
  }

  async #drain(batches: BatchReader): Promise<void> {
    while (this.#durable < 0 && !this.#closing) await this.#sleep(null);
    this.#checkCursor();
    while (!this.#isClosing()) {
      if (this.#cursor >= this.#durable) {
        this.#attempt = 0;
        await this.#sleep(null);
        continue;
      }
      await this.#linger();
      if (this.#isClosing()) return;
      const batch = await batches.next(this.#cursor, this.#durable);
      await this.#parts.sink.write(batch);
      this.#cursor = batch.next;
      this.#readings += batch.readings;
      this.#attempt = 0;
      this.#keepSkipped(batch.skipped);
      this.#tell();
    }
  }

  /** Small writes cost as much as large ones: waits a little unless there is plenty or someone asks. */
  async #linger(): Promise<void> {
    const { maxDelayMs, limits } = this.#parts;
    let over = maxDelayMs === 0;
    const cancel = this.#parts.timers.after(maxDelayMs, () => {
      over = true;
      this.#wake();
    });
    const enough = (): boolean =>
      this.#cursor < this.#hurryTo || this.#durable - this.#cursor >= limits.bytes / 4;
    while (!over && !enough() && !this.#closing) await this.#sleep(null);
    cancel();
  }

  /** What it once found does not heal: a log that has grown past the cursor since is still another one. */
  #checkCursor(): void {
    if (this.#closing || (this.#ahead === null && this.#cursor <= this.#durable)) return;
    this.#ahead ??= new WeirError(
      'log.beyond_end',
      `the store has everything below ${this.#cursor}, but the log in ${this.#parts.logDir} ends at ${this.#durable}: ` +
        'it was filled from another log',
      { details: { cursor: this.#cursor, durable: this.#durable } },
    );
    throw this.#ahead;
  }

  async #recover(fault: WeirError): Promise<void> {
    const { clock, entropy } = this.#parts;
    const asked = fault.details.retryAfterMs;
    const delayMs = Math.max(
      fault.retryable ? fullJitter(this.#attempt, BACKOFF, entropy) : BACKOFF.capMs,
      typeof asked === 'number' ? Math.min(asked, RETRY_AFTER_MS_MAX) : 0,
    );
    this.#attempt += 1;
    this.#fault = fault;
    this.#retryAtMs = Math.round(clock.utcUs() / 1000 + delayMs);
    this.#tell();
    await this.#sleep(delayMs);
    this.#fault = null;
    this.#retryAtMs = null;
  }

  /** Until woken, or for `ms`. */
  #sleep(ms: number | null): Promise<void> {
    if (this.#closing) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = ms === null ? () => undefined : this.#parts.timers.after(ms, () => this.#wake());
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  #keepSkipped(ranges: readonly SkippedRange[]): void {
    const fresh = ranges.filter((range) => !this.#skipped.some((known) => known.from === range.from));
    this.#skipped = [...this.#skipped, ...fresh].slice(-SKIPPED_KEPT);
  }

  #tell(): void {
    this.#parts.onStatus({
      state: this.#state(),
      cursor: this.#cursor,
      readings: this.#readings,
      quarantined: this.#parts.sink.quarantined,
      skipped: this.#skipped,
      error: this.#fault?.message ?? null,
      errorCode: this.#fault?.code ?? null,
      ...(this.#retryAtMs === null ? {} : { retryAtMs: this.#retryAtMs }),
    });
  }

  #state(): SinkState {
    if (this.#fault === null) return 'running';
    return this.#fault.retryable ? 'waiting' : 'failed';
  }
}

async function closed(log: LogReader | null): Promise<void> {
  try {
    await log?.close();
  } catch {
    // It only reads; whatever it still holds is nobody's loss.
  }
}
