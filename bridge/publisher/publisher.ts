/**
 * Sends messages over one connection in order, keeps the window and its limits, and moves the cursor as they settle.
 *
 * A message settles when the broker acknowledges it, or when it will never be taken: refused by the broker's PUBACK, too
 * large for it, or convicted of making it hang up (suspects.ts). Refused messages are counted and told with their reason (refusals.ts), and the cursor
 * passes them: the hub still holds the reading, and one that the broker forbids must not hold up all others.
 */
import { WeirError, type Clock, type Timers } from '@weir/runtime';
import type { Publication } from '../payload.js';
import { AckDeadline } from './ack-deadline.js';
import type { BrokerPort } from './broker-port.js';
import { publishPacketBytes } from './packet.js';
import type { Refusal, Refusals } from './refusals.js';
import type { Suspects } from './suspects.js';
import { Window, type WindowLimits } from './window.js';

export interface PublisherSettings {
  readonly limits: WindowLimits;
  readonly ackTimeoutMs: number;
}

export interface PublisherDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly refusals: Refusals;
  readonly suspects: Suspects;
  /** A message was acknowledged, or refused for good. */
  readonly onSettled: (message: Publication, accepted: boolean) => void;
  readonly onCursor: (cursor: number) => void;
}

/** A status that is convicted counts as a forbidden topic: the next status would fare no better. */
const HANGS_UP = 'the broker hangs up whenever this message is sent';

export class Publisher {
  readonly #connection: BrokerPort;
  readonly #deps: PublisherDeps;
  readonly #limits: WindowLimits;
  readonly #window: Window<Publication>;
  readonly #deadline: AckDeadline;
  #failure: WeirError | null = null;

  constructor(connection: BrokerPort, settings: PublisherSettings, deps: PublisherDeps) {
    this.#connection = connection;
    this.#deps = deps;
    const messages = Math.min(settings.limits.messages, connection.receiveMaximum);
    this.#limits = { messages, bytes: settings.limits.bytes };
    this.#window = new Window(
      deps.suspects.cautious ? { ...this.#limits, messages: 1 } : this.#limits,
      deps.onCursor,
    );
    this.#deadline = new AckDeadline(settings.ackTimeoutMs, deps, () => this.#stuck(settings.ackTimeoutMs));
    connection.onLost(({ error, blameless }) => {
      if (!blameless) this.#accuse(this.#window.oldest);
      this.#fail(error);
    });
  }

  /** Why the connection is gone, or null. */
  get failure(): WeirError | null {
    return this.#failure;
  }

  /** Messages sent and not settled. */
  get inFlight(): number {
    return this.#window.size;
  }

  /** Resolves when the message is sent, which waits for room; rejects with `failure`. */
  async send(message: Publication): Promise<void> {
    const bytes = publishPacketBytes(message, this.#connection.protocolVersion);
    if (this.#refusedBeforehand(message, bytes)) {
      this.#deps.onSettled(message, false);
      return;
    }
    while (!this.#window.hasRoom) await this.#window.room();
    if (this.#failure !== null) throw this.#failure;
    const ticket = this.#window.take(bytes, message);
    this.#deadline.note(this.#window.size, false);
    this.#connection.publish(message, (refusal) => this.#settled(ticket, message, refusal));
  }

  /** All messages sent so far belong to what lies before `cursor`. */
  mark(cursor: number): void {
    this.#window.mark(cursor);
  }

  /** Resolves when all that was sent is settled; rejects with `failure`. */
  empty(): Promise<void> {
    return this.#window.empty();
  }

  #refusedBeforehand(message: Publication, bytes: number): boolean {
    const { refusals } = this.#deps;
    if (refusals.holdsBack(message)) return true;
    const limit = this.#connection.maximumPacketBytes;
    if (bytes <= limit) return false;
    refusals.refuse(message, {
      reason: `packet over the broker's limit of ${limit} bytes`,
      topicForbidden: false,
    });
    return true;
  }

  #settled(ticket: number, message: Publication, refusal: Refusal | null): void {
    if (refusal !== null) this.#deps.refusals.refuse(message, refusal);
    this.#deps.onSettled(message, refusal === null);
    if (!this.#window.settle(ticket)) return;
    if (this.#deps.suspects.settled(message)) this.#window.limits = this.#limits;
    this.#deadline.note(this.#window.size, true);
  }

  #accuse(oldest: Publication | undefined): void {
    if (oldest === undefined || !this.#deps.suspects.lost(oldest)) return;
    this.#deps.refusals.refuse(oldest, { reason: HANGS_UP, topicForbidden: oldest.identity === null });
  }

  #stuck(timeoutMs: number): void {
    const message = `the broker acknowledged nothing for ${timeoutMs} ms`;
    this.#fail(new WeirError('bridge.ack_timeout', message, { retryable: true }));
    this.#connection.destroy();
  }

  #fail(error: WeirError): void {
    this.#failure ??= error;
    this.#deadline.stop();
    this.#window.fail(this.#failure);
  }
}
