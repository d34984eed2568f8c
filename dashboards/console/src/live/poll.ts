import { retryDelayMs } from '../api/backoff.js';

/** Runs a question over and over, but not while the page is hidden; it says itself how long to pause after an answer. */
export class Poll {
  readonly #ask: () => Promise<number>;
  readonly #failed: (error: unknown, retryAtMs: number) => void;
  #timer = 0;
  #failures = 0;
  #asking = false;
  #closed = false;
  readonly #shown = (): void => {
    if (!document.hidden) this.now();
  };

  constructor(ask: () => Promise<number>, failed: (error: unknown, retryAtMs: number) => void) {
    this.#ask = ask;
    this.#failed = failed;
    document.addEventListener('visibilitychange', this.#shown);
    this.now();
  }

  now(): void {
    clearTimeout(this.#timer);
    if (this.#closed || this.#asking) return;
    this.#asking = true;
    this.#ask()
      .then(
        (pauseMs) => this.#answered(pauseMs),
        (error: unknown) => this.#refused(error),
      )
      .finally(() => (this.#asking = false));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    document.removeEventListener('visibilitychange', this.#shown);
  }

  #answered(pauseMs: number): void {
    this.#failures = 0;
    this.#wait(pauseMs);
  }

  #refused(error: unknown): void {
    if (this.#closed) return;
    const delayMs = 250 + retryDelayMs(this.#failures++);
    this.#wait(delayMs);
    this.#failed(error, performance.now() + delayMs);
  }

  #wait(ms: number): void {
    if (this.#closed) return;
    this.#timer = window.setTimeout(() => {
      if (!document.hidden) this.now();
    }, ms);
  }
}
