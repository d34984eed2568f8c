/**
 * A worker thread that is started again when it ends unasked.
 *
 *   start ─► running ──exit──► waiting (full jitter) ─► running ...
 *               └──close──► ended
 */
import { Worker } from 'node:worker_threads';
import { fullJitter, messageOf, systemClock, systemEntropy, systemTimers } from '@weir/runtime';
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.js';

export interface RestartingWorkerParts {
  readonly entry: URL;
  readonly name: string;
  readonly workerData: WorkerStart;
  /** A new thread is there and knows nothing yet. */
  readonly onStarted: () => void;
  readonly onMessage: (message: Exclude<FromWorker, { type: 'ready' | 'crashed' }>) => void;
  /** It ended; `retryAtMs` is the UTC ms of the next start, null when it was closed. */
  readonly onEnded: (cause: string, retryAtMs: number | null) => void;
}

const RESTART = { baseMs: 500, capMs: 30_000 };

export class RestartingWorker {
  readonly #parts: RestartingWorkerParts;
  #worker: Worker | null = null;
  #exited: Promise<void> = Promise.resolve();
  #cancelRestart: (() => void) | null = null;
  /** Starts since it last got on. */
  #restarts = 0;
  #closing = false;

  constructor(parts: RestartingWorkerParts) {
    this.#parts = parts;
  }

  get running(): boolean {
    return this.#worker !== null && !this.#closing;
  }

  /** Resolves when the thread says that it is ready, or has ended. Never rejects. */
  start(): Promise<void> {
    const { entry, name, workerData, onStarted, onMessage } = this.#parts;
    const worker = new Worker(entry, { workerData, name: `sink ${name}` });
    this.#worker = worker;
    let cause: string | null = null;
    this.#exited = new Promise<void>((resolve) => {
      worker.on('error', (error) => (cause = messageOf(error)));
      worker.on('exit', (code) => {
        this.#onExit(cause ?? `exit code ${code}`);
        resolve();
      });
    });
    const ready = new Promise<void>((resolve) => {
      worker.on('message', (message: FromWorker) => {
        if (message.type === 'ready') resolve();
        else if (message.type === 'crashed') cause = message.error.message;
        else onMessage(message);
      });
    });
    onStarted();
    return Promise.race([ready, this.#exited]);
  }

  /** Nothing while there is no thread; a new one is told everything by `onStarted`. */
  post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  /** The thread has done something useful: the next restart is soon again. */
  progressed(): void {
    this.#restarts = 0;
  }

  /** Asks the thread to end. False when it has not within `timeoutMs`; then it no longer keeps the process up. */
  async close(timeoutMs: number): Promise<boolean> {
    if (!this.#closing) {
      this.#closing = true;
      this.#cancelRestart?.();
      this.post({ type: 'close' });
    }
    let cancel = (): void => undefined;
    const late = new Promise<boolean>(
      (resolve) => (cancel = systemTimers.after(timeoutMs, () => resolve(false))),
    );
    const ended = await Promise.race([this.#exited.then(() => true), late]);
    cancel();
    if (!ended) this.#worker?.unref();
    return ended;
  }

  #onExit(cause: string): void {
    this.#worker = null;
    if (this.#closing) return this.#parts.onEnded(cause, null);
    const delayMs = fullJitter(this.#restarts++, RESTART, systemEntropy);
    this.#cancelRestart = systemTimers.after(delayMs, () => {
      this.#cancelRestart = null;
      this.start().catch((error: unknown) => this.#onExit(messageOf(error)));
    });
    this.#parts.onEnded(cause, Math.round(systemClock.utcUs() / 1000 + delayMs));
  }
}
