import type { Clock, Timers } from '@weir/runtime';
import { bridgeStatusPublication, type BridgeStatus } from './payload.js';
import type { Progress } from './progress.js';
import type { Publisher } from './publisher/publisher.js';

/** How often the counts in the status are brought up to date. */
const INTERVAL_MS = 30_000;

/** Keeps the bridge's own retained status true while a connection lasts. A loss is told by the last will. */
export class Announcer {
  readonly #topic: string;
  readonly #publisher: Publisher;
  readonly #progress: Progress;
  readonly #clock: Clock;
  #state: BridgeStatus['state'] = 'waiting';
  #reason: string | null = 'connecting to the hub';
  #sinceUs: number;
  #sent = '';
  #cancel: () => void;

  constructor(
    topic: string,
    publisher: Publisher,
    deps: { readonly clock: Clock; readonly timers: Timers; readonly progress: Progress },
  ) {
    this.#topic = topic;
    this.#publisher = publisher;
    this.#progress = deps.progress;
    this.#clock = deps.clock;
    this.#sinceUs = deps.clock.utcUs();
    const again = (): void => {
      this.announceQuietly(this.#state, this.#reason);
      this.#cancel = deps.timers.after(INTERVAL_MS, again);
    };
    this.#cancel = deps.timers.after(INTERVAL_MS, again);
  }

  /** The first word on a new connection: the birth that replaces the will. */
  birth(): Promise<void> {
    return this.announce(this.#state, this.#reason);
  }

  /** Publishes the status if it says anything new. Rejects when the connection is lost. */
  async announce(state: BridgeStatus['state'], reason: string | null): Promise<void> {
    if (state !== this.#state) this.#sinceUs = this.#clock.utcUs();
    this.#state = state;
    this.#reason = reason;
    const message = bridgeStatusPublication(this.#topic, {
      state,
      reason,
      sinceUs: this.#sinceUs,
      published: this.#progress.published,
      refused: this.#progress.refusals.byReason(),
    });
    if (message.payload === this.#sent) return;
    this.#sent = message.payload;
    await this.#publisher.send(message);
  }

  /** The same where nobody waits: a lost connection is told to whoever sends next. */
  announceQuietly(state: BridgeStatus['state'], reason: string | null): void {
    this.announce(state, reason).catch(() => undefined);
  }

  stop(): void {
    this.#cancel();
  }
}
