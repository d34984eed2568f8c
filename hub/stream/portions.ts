/**
 * Polls: a subscription that begins at a cursor, takes home one portion and ends. Nothing is kept between two of them, and
 * nothing falls between them: the next begins where the portion ended.
 *
 *   poll ─► at the end of the log, no wait? answered here
 *      └──► subscribe, and finish (at once, or when the wait is over) ─► portion ─► answer
 */
import { WeirError, type Timers } from '@weir/runtime';
import type { Waiters } from '../api/waiters.js';
import type { Portion, StreamFilter, ToStreamWorker } from './messages.js';

export interface PollRequest {
  readonly from: number;
  readonly filter: StreamFilter;
  /** How long to wait where there is nothing yet. */
  readonly waitMs: number;
  /** The portion is full at about so many characters of JSON. */
  readonly characters: number;
}

export interface PortionsParts {
  readonly nextId: () => number;
  readonly post: (message: ToStreamWorker) => void;
  readonly durable: () => number;
  readonly timers: Timers;
  readonly waiters: Waiters;
}

interface Taker {
  readonly from: number;
  readonly take: (portion: Portion) => void;
}

export class Portions {
  readonly #parts: PortionsParts;
  readonly #takers = new Map<number, Taker>();
  #stopping = false;

  constructor(parts: PortionsParts) {
    this.#parts = parts;
  }

  /** Polls that are on their way. */
  get size(): number {
    return this.#takers.size;
  }

  /**
   * The portion behind a cursor. Throws `hub.busy` when too many wait, `hub.stopping`. Once `signal` is aborted nobody wants
   * it any more, and it is empty.
   */
  async take({ from, filter, waitMs, characters }: PollRequest, signal: AbortSignal): Promise<Portion> {
    const { nextId, post, durable, timers, waiters } = this.#parts;
    if (this.#stopping) throw new WeirError('hub.stopping', 'the hub is stopping');
    if (from >= durable() && waitMs === 0) return { texts: [], cursor: from, caughtUp: true };
    const leave = waiters.enter();
    const id = nextId();
    const finish = (): void => post({ type: 'finish', id });
    post({ type: 'subscribe', id, from, durable: durable(), filter, portion: characters });
    if (waitMs === 0) finish();
    const cancel = waitMs === 0 ? null : timers.after(waitMs, finish);
    try {
      return await new Promise<Portion>((take) => {
        this.#takers.set(id, { from, take });
        signal.addEventListener('abort', () => this.#abandon(id));
        if (signal.aborted) this.#abandon(id);
      });
    } finally {
      cancel?.();
      leave();
    }
  }

  /** What the worker made for a poll. */
  deliver(id: number, portion: Portion): void {
    this.#takers.get(id)?.take(portion);
    this.#takers.delete(id);
  }

  /** Answers all that are on their way with nothing: they ask again from the same cursor. */
  endAll(): void {
    for (const id of this.#takers.keys()) this.#endEmpty(id);
  }

  /** As `endAll`, and no more are taken. */
  stop(): void {
    this.#stopping = true;
    this.endAll();
  }

  #abandon(id: number): void {
    if (!this.#takers.has(id)) return;
    this.#parts.post({ type: 'unsubscribe', id });
    this.#endEmpty(id);
  }

  #endEmpty(id: number): void {
    const taker = this.#takers.get(id);
    if (taker !== undefined) this.deliver(id, { texts: [], cursor: taker.from, caughtUp: false });
  }
}
