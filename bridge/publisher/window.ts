/**
 * The messages that wait for the broker's PUBACK, and the cursor that may move because of them.
 *
 *      settled             in flight           room
 *   ───────────────────┬──s──.──s──.──.──┬───────────────     `s`: settled out of turn
 *                    base               next ≤ base + limit
 *
 * Invariants: the cursor never passes a message that is not settled (acknowledged, or refused for good); `next - base`
 * and the bytes in flight stay within the limits (one message over the byte limit may travel alone). The span is
 * bounded, not only the count, so that a 16-bit MQTT packet id never comes round to one still in use.
 */
export interface WindowLimits {
  readonly messages: number;
  readonly bytes: number;
}

interface Waiter {
  readonly ready: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Window<T> {
  #limits: WindowLimits;
  readonly #onCursor: (cursor: number) => void;
  /** By ticket, in the order sent: the first is the oldest. */
  readonly #inFlight = new Map<number, { readonly bytes: number; readonly label: T }>();
  /** Each cursor holds once all messages before its ticket are settled. */
  readonly #marks: { readonly ticket: number; cursor: number }[] = [];
  readonly #waiters = new Set<Waiter>();
  #next = 0;
  #bytes = 0;
  #failure: Error | null = null;

  /** `onCursor` is called with cursors in the order they were marked. */
  constructor(limits: WindowLimits, onCursor: (cursor: number) => void) {
    this.#limits = limits;
    this.#onCursor = onCursor;
  }

  set limits(limits: WindowLimits) {
    this.#limits = limits;
    this.#wake();
  }

  /** Messages sent and not settled. */
  get size(): number {
    return this.#inFlight.size;
  }

  /** What was given with the oldest message in flight, or undefined. */
  get oldest(): T | undefined {
    return this.#inFlight.values().next().value?.label;
  }

  get hasRoom(): boolean {
    if (this.#inFlight.size === 0) return true;
    return this.#next - this.#base() < this.#limits.messages && this.#bytes < this.#limits.bytes;
  }

  /** Resolves when there was room (another may have taken it: look again); rejects when the window failed. */
  room(): Promise<void> {
    return this.#until(() => this.hasRoom);
  }

  /** Resolves when nothing is in flight; rejects when the window failed. */
  empty(): Promise<void> {
    return this.#until(() => this.#inFlight.size === 0);
  }

  /** Takes a place and returns its ticket. The caller has waited for room. */
  take(bytes: number, label: T): number {
    const ticket = this.#next++;
    this.#inFlight.set(ticket, { bytes, label });
    this.#bytes += bytes;
    return ticket;
  }

  /** The message of this ticket is acknowledged, or refused for good. Says whether it was in flight. */
  settle(ticket: number): boolean {
    const entry = this.#inFlight.get(ticket);
    if (entry === undefined || this.#failure !== null) return false;
    this.#inFlight.delete(ticket);
    this.#bytes -= entry.bytes;
    this.#advance();
    this.#wake();
    return true;
  }

  /** All messages taken so far belong to what lies before `cursor`. */
  mark(cursor: number): void {
    const last = this.#marks.at(-1);
    if (last?.ticket === this.#next) last.cursor = cursor;
    else this.#marks.push({ ticket: this.#next, cursor });
    this.#advance();
  }

  /** The connection is gone: whoever waits gets the error, and later acknowledgements count for nothing. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const waiter of this.#waiters) waiter.reject(this.#failure);
    this.#waiters.clear();
  }

  #base(): number {
    return this.#inFlight.keys().next().value ?? this.#next;
  }

  #advance(): void {
    const base = this.#base();
    for (let mark = this.#marks[0]; mark !== undefined && mark.ticket <= base; mark = this.#marks[0]) {
      this.#marks.shift();
      this.#onCursor(mark.cursor);
    }
  }

  #until(ready: () => boolean): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (ready()) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.add({ ready, resolve, reject }));
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.ready()) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }
}
