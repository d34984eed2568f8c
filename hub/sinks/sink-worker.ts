/**
 * The main thread's end of a sink: starts its worker, tells it how far the log is durable, keeps its status, and starts
 * another one when it ends unasked. Nothing here waits for the store.
 *
 *   start ─► worker ──exit unasked──► waiting (full jitter) ─► worker, told everything again
 *              └──close──► exit
 */
import { Worker } from 'node:worker_threads';
import {
  fullJitter,
  messageOf,
  systemClock,
  systemEntropy,
  systemTimers,
  WeirError,
  type Logger,
} from '@weir/runtime';
import type { HistoryAnswers, HistoryRequest } from '../history/store-queries.js';
import { Questions } from './questions.js';
import type { SeriesInfo, SinkStatus } from './sink.js';
import { StatusLog } from './status-log.js';
import {
  weirError,
  type FromWorker,
  type PlainError,
  type StoreChoice,
  type ToWorker,
  type WorkerStart,
} from './worker-messages.js';

export type SinkWorkerOptions = StoreChoice & {
  /** In status, logs and metrics. */
  readonly name: string;
  readonly logDir: string;
  readonly logger: Logger;
  /** Another script in place of the worker's, for tests of what happens when it crashes. */
  readonly entry?: URL;
};

const ADVANCE_EVERY_MS = 20;
const RESTART = { baseMs: 500, capMs: 30_000 };

export class SinkWorker {
  readonly #options: SinkWorkerOptions;
  readonly #series = new Map<number, SeriesInfo>();
  readonly #listeners = new Set<(status: SinkStatus) => void>();
  readonly #questions = new Questions((message) => this.#post(message));
  readonly #statusLog: StatusLog;
  #worker: Worker | null = null;
  #exited: Promise<void> = Promise.resolve();
  #status: SinkStatus;
  #durable = -1;
  #hurryTo = 0;
  #cancelAdvance: (() => void) | null = null;
  #cancelRestart: (() => void) | null = null;
  #crash: PlainError | null = null;
  /** Restarts since the sink last got on. */
  #restarts = 0;
  /** Readings written by workers that are gone. */
  #readingsBefore = 0;
  #closing = false;

  private constructor(options: SinkWorkerOptions) {
    const { name, kind, logger } = options;
    this.#options = options;
    this.#statusLog = new StatusLog(logger);
    const start = { cursor: 0, readings: 0, quarantined: 0, skipped: [], error: null, errorCode: null };
    this.#status = { name, kind, state: 'running', ...start };
  }

  /** Resolves when the worker runs, or when it could not be started and waits to be tried again. Never rejects. */
  static async start(options: SinkWorkerOptions): Promise<SinkWorker> {
    const sink = new SinkWorker(options);
    await sink.#spawn();
    return sink;
  }

  /** Tells of series before the first record that names them is durable. May repeat itself. */
  announce(series: readonly SeriesInfo[]): void {
    for (const each of series) this.#series.set(each.id, each);
    if (series.length > 0) this.#post({ type: 'series', series });
  }

  /** Tells how far the log is durable. Cheap: the worker hears of it at most every 20 ms. */
  advance(durable: number): void {
    if (durable <= this.#durable) return;
    this.#durable = durable;
    if (this.#cancelAdvance === null) this.#tellAdvance();
  }

  status(): SinkStatus {
    return this.#status;
  }

  /** Calls back on each change of status. Returns the undo. */
  onStatus(listener: (status: SinkStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves once everything below `offset` is in the store, and asks for it now. Rejects with `sink.closed`. */
  caughtUp(offset: number): Promise<void> {
    if (this.#status.cursor >= offset) return Promise.resolve();
    if (this.#closing) return Promise.reject(closed(this.#options.name));
    this.#hurryTo = Math.max(this.#hurryTo, offset);
    this.#postAdvance();
    return new Promise((resolve, reject) => {
      const undo = this.onStatus((status) => {
        if (status.cursor < offset && !this.#closing) return;
        undo();
        if (status.cursor >= offset) resolve();
        else reject(closed(this.#options.name));
      });
    });
  }

  /** Asks the store; for kind duckdb. Throws what `History` says. */
  async query<K extends HistoryRequest['kind']>(
    request: Extract<HistoryRequest, { kind: K }>,
    signal?: AbortSignal,
  ): Promise<HistoryAnswers[K]> {
    if (this.#worker === null || this.#closing)
      throw new WeirError('history.unavailable', `the worker of ${this.#options.name} is not running`, {
        retryable: !this.#closing,
      });
    return this.#questions.ask<K>(request, signal);
  }

  /**
   * Lets the worker finish its write and end. After `timeoutMs` it is left behind, which is logged; whatever it had not
   * stored comes from the log next time.
   */
  async close(timeoutMs = 10_000): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#cancelAdvance?.();
      this.#cancelRestart?.();
      this.#post({ type: 'close' });
      this.#setStatus(this.#status);
    }
    let cancel = (): void => undefined;
    const late = new Promise<'late'>(
      (resolve) => (cancel = systemTimers.after(timeoutMs, () => resolve('late'))),
    );
    const outcome = await Promise.race([this.#exited, late]);
    cancel();
    if (outcome !== 'late') return;
    this.#options.logger.warn(
      { sink: this.#options.name, timeoutMs },
      'the store does not end; leaving it behind',
    );
    this.#worker?.unref();
  }

  #spawn(): Promise<void> {
    const { logDir, entry = new URL('./worker.js', import.meta.url) } = this.#options;
    const workerData: WorkerStart = { logDir, store: this.#store() };
    const worker = new Worker(entry, { workerData, name: `sink ${this.#options.name}` });
    this.#worker = worker;
    let fault: unknown = null;
    const exited = new Promise<void>((resolve) => {
      worker.on('error', (error) => (fault = error));
      worker.on('exit', (code) => {
        this.#onExit(fault, code);
        resolve();
      });
    });
    this.#exited = exited;
    const ready = new Promise<void>((resolve) => {
      worker.on('message', (message: FromWorker) => {
        if (message.type === 'ready') resolve();
        this.#receive(message);
      });
    });
    if (this.#series.size > 0) this.#post({ type: 'series', series: [...this.#series.values()] });
    this.#postAdvance();
    return Promise.race([ready, exited]);
  }

  #store(): StoreChoice {
    const { kind, options } = this.#options;
    return { kind, options } as StoreChoice;
  }

  #receive(message: FromWorker): void {
    if (message.type === 'status') {
      if (message.status.cursor > this.#status.cursor) this.#restarts = 0;
      const readings = this.#readingsBefore + message.status.readings;
      const { name, kind } = this.#options;
      this.#setStatus({ ...message.status, name, kind, readings });
    } else if (message.type === 'crashed') this.#crash = message.error;
    else if (message.type === 'answer') this.#questions.answer(message.id, message.answer);
    else if (message.type === 'fault') this.#questions.fault(message.id, weirError(message.error));
  }

  #onExit(fault: unknown, code: number): void {
    this.#worker = null;
    const { name, kind } = this.#options;
    const cause = this.#crash?.message ?? (fault === null ? `exit code ${code}` : messageOf(fault));
    const error = new WeirError('sink.worker_ended', `the worker of ${name} ended: ${cause}`, {
      retryable: true,
    });
    this.#crash = null;
    this.#questions.faultAll(error);
    if (this.#closing) return;
    this.#readingsBefore = this.#status.readings;
    const delayMs = fullJitter(this.#restarts++, RESTART, systemEntropy);
    this.#cancelRestart = systemTimers.after(delayMs, () => {
      this.#cancelRestart = null;
      this.#spawn().catch((error: unknown) => this.#onExit(error, 1));
    });
    const retryAtMs = Math.round(systemClock.utcUs() / 1000 + delayMs);
    const { cursor, readings, quarantined, skipped } = this.#status;
    this.#setStatus({
      ...{ name, kind, cursor, readings, quarantined, skipped, retryAtMs },
      ...{ state: 'waiting', error: error.message, errorCode: error.code },
    });
  }

  #setStatus(status: SinkStatus): void {
    this.#statusLog.note(status);
    this.#status = status;
    for (const listener of this.#listeners) listener(status);
  }

  #tellAdvance(): void {
    const told = this.#durable;
    this.#postAdvance();
    this.#cancelAdvance = systemTimers.after(ADVANCE_EVERY_MS, () => {
      this.#cancelAdvance = null;
      if (this.#durable > told) this.#tellAdvance();
    });
  }

  #postAdvance(): void {
    if (this.#durable < 0) return;
    this.#post({ type: 'advance', durable: this.#durable, hurryTo: this.#hurryTo });
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }
}

function closed(name: string): WeirError {
  return new WeirError('sink.closed', `the sink ${name} is closed`);
}
