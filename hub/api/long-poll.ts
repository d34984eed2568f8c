/**
 * Long polling: a request that found nothing waits until its channel has a reading in the store that came later.
 *
 *   reading ──► log (offset) ──► store's cursor passes the offset ──► ask the store again
 *
 * The store is told to hurry: nobody waits for its usual delay between commits.
 */
import type { Timers } from '@weir/runtime';
import type { History } from '../history/history.js';
import type { Series } from '../registry/series.js';
import type { Waiters } from './waiters.js';

export interface LongPollParts {
  readonly history: History;
  /** Makes the store take everything below an offset in now. */
  readonly hurry: (offset: number) => Promise<void>;
  /** Where the store stands. */
  readonly cursor: () => number;
  readonly timers: Timers;
  readonly waiters: Waiters;
}

interface Waiter {
  /** End of the first record that is news to it; null until there is one. */
  target: number | null;
  wake: () => void;
}

export class LongPoll {
  readonly #parts: LongPollParts;
  readonly #waiters = new Set<Waiter>();
  readonly #stop: () => void;
  #hurrying = false;

  constructor(parts: LongPollParts) {
    this.#parts = parts;
    this.#stop = parts.history.onAdvanced((cursor) => {
      for (const waiter of this.#waiters)
        if (waiter.target !== null && waiter.target <= cursor) waiter.wake();
    });
  }

  /**
   * Asks until there is an answer that is not `empty`, or the time is over. Throws `hub.busy` when too many wait, and
   * what `ask` throws.
   */
  async until<T>(
    series: Series,
    waitMs: number,
    signal: AbortSignal,
    ask: () => Promise<T>,
    empty: (answer: T) => boolean,
  ): Promise<T> {
    const leave = this.#parts.waiters.enter();
    const waiter: Waiter = { target: null, wake: () => undefined };
    const time = new AbortController();
    const over = AbortSignal.any([signal, time.signal]);
    over.addEventListener('abort', () => waiter.wake());
    const cancel = this.#parts.timers.after(waitMs, () => time.abort());
    const unwatch = series.watch((offset) => this.#news(waiter, offset));
    this.#waiters.add(waiter);
    try {
      for (;;) {
        waiter.target = null;
        if (series.lastOffset > this.#parts.cursor()) this.#news(waiter, series.lastOffset);
        const answer = await ask();
        if (!empty(answer) || over.aborted) return answer;
        await this.#stored(waiter, over);
      }
    } finally {
      this.#waiters.delete(waiter);
      leave();
      unwatch();
      cancel();
    }
  }

  close(): void {
    this.#stop();
  }

  #news(waiter: Waiter, offset: number): void {
    if (waiter.target !== null) return;
    waiter.target = offset;
    if (this.#hurrying) return;
    this.#hurrying = true;
    this.#parts
      .hurry(offset)
      .catch(() => undefined)
      .finally(() => {
        this.#hurrying = false;
      });
  }

  /** Resolves when the store has the waiter's news, or the time is over. */
  #stored(waiter: Waiter, over: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      waiter.wake = resolve;
      const { target } = waiter;
      if (over.aborted || (target !== null && target <= this.#parts.cursor())) resolve();
    });
  }
}
