/**
 * The main thread's end of a sink: starts its worker, tells it how far the log is durable, keeps its status. Nothing here
 * waits for the store; a worker that ends is started again and told everything anew.
 */
import { systemTimers, WeirError, type Logger } from '@weir/runtime';
import type { StoreAnswers, StoreRequest } from './store-requests.js';
import { Questions } from './questions.js';
import { RestartingWorker } from './restarting-worker.js';
import type { SeriesInfo, SinkStatus } from './sink.js';
import { StatusLog } from './status-log.js';
import { weirError, type FromWorker, type StoreChoice } from './worker-messages.js';

export type SinkWorkerOptions = StoreChoice & {
  /** In status, logs and metrics. */
  readonly name: string;
  readonly logDir: string;
  readonly logger: Logger;
  /** Another script in place of the worker's, for tests of what happens when it crashes. */
  readonly entry?: URL;
};

const ADVANCE_EVERY_MS = 20;

export class SinkWorker {
  readonly #options: SinkWorkerOptions;
  readonly #worker: RestartingWorker;
  readonly #series = new Map<number, SeriesInfo>();
  readonly #listeners = new Set<(status: SinkStatus) => void>();
  readonly #questions: Questions;
  readonly #statusLog: StatusLog;
  #status: SinkStatus;
  #durable = -1;
  #hurryTo = 0;
  #cancelAdvance: (() => void) | null = null;
  /** Readings written by workers that are gone. */
  #readingsBefore = 0;
  #closing = false;

  private constructor(options: SinkWorkerOptions) {
    const { name, kind, logDir, logger, entry = new URL('./worker.js', import.meta.url) } = options;
    this.#options = options;
    this.#statusLog = new StatusLog(logger);
    const start = { cursor: 0, readings: 0, quarantined: 0, skipped: [], error: null, errorCode: null };
    this.#status = { name, kind, state: 'running', ...start };
    this.#worker = new RestartingWorker({
      ...{ entry, name },
      workerData: { logDir, store: { kind, options: options.options } as StoreChoice },
      onStarted: () => this.#tellAll(),
      onMessage: (message) => this.#receive(message),
      onEnded: (cause, retryAtMs) => this.#onEnded(cause, retryAtMs),
    });
    this.#questions = new Questions((message) => this.#worker.post(message));
  }

  /** Resolves when the worker runs, or when it could not be started and waits to be tried again. Never rejects. */
  static async start(options: SinkWorkerOptions): Promise<SinkWorker> {
    const sink = new SinkWorker(options);
    await sink.#worker.start();
    return sink;
  }

  /** Tells of series before the first record that names them is durable. May repeat itself. */
  announce(series: readonly SeriesInfo[]): void {
    for (const each of series) this.#series.set(each.id, each);
    if (series.length > 0) this.#worker.post({ type: 'series', series });
  }

  /** Tells how far the log is durable. Cheap: the worker hears of it at most every 20 ms. */
  advance(durable: number): void {
    if (durable <= this.#durable) return;
    this.#durable = durable;
    if (this.#cancelAdvance === null && !this.#closing) this.#advanceInTime();
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
    this.#tellAdvance();
    return new Promise((resolve, reject) => {
      const undo = this.onStatus((status) => {
        if (status.cursor < offset && !this.#closing) return;
        undo();
        if (status.cursor >= offset) resolve();
        else reject(closed(this.#options.name));
      });
    });
  }

  /** Asks the store: duckdb for readings, influx for its quarantine. Throws what `History` or `QuarantineDesk` says. */
  async query<K extends StoreRequest['kind']>(
    request: Extract<StoreRequest, { kind: K }>,
    signal?: AbortSignal,
  ): Promise<StoreAnswers[K]> {
    if (this.#worker.running) return this.#questions.ask<K>(request, signal);
    throw new WeirError('history.unavailable', `the worker of ${this.#options.name} is not running`, {
      retryable: !this.#closing,
    });
  }

  /**
   * Lets the worker finish its write and end. After `timeoutMs` it is left behind, which is logged; whatever it had not
   * stored comes from the log next time.
   */
  async close(timeoutMs = 10_000): Promise<void> {
    this.#closing = true;
    this.#cancelAdvance?.();
    const ending = this.#worker.close(timeoutMs);
    this.#setStatus(this.#status);
    if (await ending) return;
    this.#options.logger.warn({ sink: this.#options.name, timeoutMs }, 'the store does not end; left behind');
  }

  #receive(message: Exclude<FromWorker, { type: 'ready' | 'crashed' }>): void {
    if (message.type === 'answer') return this.#questions.answer(message.id, message.answer);
    if (message.type === 'fault') return this.#questions.fault(message.id, weirError(message.error));
    const { status } = message;
    if (status.cursor > this.#status.cursor) this.#worker.progressed();
    const { name, kind } = this.#options;
    this.#setStatus({ ...status, name, kind, readings: this.#readingsBefore + status.readings });
  }

  #onEnded(cause: string, retryAtMs: number | null): void {
    const { name, kind } = this.#options;
    const text = `the worker of ${name} ended: ${cause}`;
    const error = new WeirError('sink.worker_ended', text, { retryable: retryAtMs !== null });
    this.#questions.faultAll(error);
    if (retryAtMs === null) return;
    const { cursor, readings, quarantined, skipped } = this.#status;
    this.#readingsBefore = readings;
    this.#setStatus({
      ...{ name, kind, cursor, readings, quarantined, skipped, retryAtMs },
      ...{ state: 'waiting', error: text, errorCode: error.code },
    });
  }

  #setStatus(status: SinkStatus): void {
    this.#statusLog.note(status);
    this.#status = status;
    for (const listener of this.#listeners) listener(status);
  }

  /** What a new worker has to know. */
  #tellAll(): void {
    if (this.#series.size > 0) this.#worker.post({ type: 'series', series: [...this.#series.values()] });
    this.#tellAdvance();
  }

  #advanceInTime(): void {
    const told = this.#durable;
    this.#tellAdvance();
    this.#cancelAdvance = systemTimers.after(ADVANCE_EVERY_MS, () => {
      this.#cancelAdvance = null;
      if (this.#durable > told) this.#advanceInTime();
    });
  }

  #tellAdvance(): void {
    if (this.#durable < 0) return;
    this.#worker.post({ type: 'advance', durable: this.#durable, hurryTo: this.#hurryTo });
  }
}

function closed(name: string): WeirError {
  return new WeirError('sink.closed', `the sink ${name} is closed`);
}
