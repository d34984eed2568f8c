import type { Clock, Timers } from '@weir/runtime';

/**
 * Ends a connection on which messages wait and nothing is acknowledged: a broker can answer pings and still be stuck.
 * One timer, set anew only when it fires, whatever the rate of messages.
 */
export class AckDeadline {
  readonly #timeoutMs: number;
  readonly #timers: Timers;
  readonly #clock: Clock;
  readonly #expired: () => void;
  #sinceUs: number | null = null;
  #cancel: (() => void) | null = null;

  constructor(timeoutMs: number, { timers, clock }: { timers: Timers; clock: Clock }, expired: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#timers = timers;
    this.#clock = clock;
    this.#expired = expired;
  }

  /** Tells how many messages wait, after each one sent or settled. `settled`: the broker just showed life. */
  note(waiting: number, settled: boolean): void {
    if (waiting === 0) this.#sinceUs = null;
    else if (settled || this.#sinceUs === null) this.#sinceUs = this.#clock.monotonicUs();
    if (this.#sinceUs !== null) this.#cancel ??= this.#timers.after(this.#timeoutMs, () => this.#check());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#sinceUs = null;
  }

  #check(): void {
    this.#cancel = null;
    if (this.#sinceUs === null) return;
    const leftMs = this.#timeoutMs - (this.#clock.monotonicUs() - this.#sinceUs) / 1000;
    if (leftMs <= 0) this.#expired();
    else this.#cancel = this.#timers.after(Math.ceil(leftMs), () => this.#check());
  }
}
