/**
 * Sends messages over one connection in order, keeps the window and its limits, and moves the cursor as they settle.
 *
 * A message settles when the broker acknowledges it, or when it will never be taken: refused by the broker's PUBACK, too
 * large for it, or condemned (see suspects.ts). Refused messages are counted and told with their reason, and the cursor
 * passes them: the hub still holds the reading, and one that the broker forbids must not hold up all others.
 */
import { WeirError, type Clock, type Timers } from '@weir/runtime';
import type { Publication } from '../payload.js';
import { AckDeadline } from './ack-deadline.js';
import type { BrokerPort } from './broker-port.js';
import { publishPacketBytes } from './packet.js';
import type { Refusals } from './refusals.js';
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

const CONDEMNED_REASON = 'the broker hangs up whenever this message is sent';

export class Publisher {
  readonly #connection: BrokerPort;
  readonly #deps: PublisherDeps;
  readonly #limits: WindowLimits;
  readonly #window: Window<string>;
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
      if (!blameless) deps.suspects.lost(this.#window.oldest);
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
    const label = `${message.topic} ${message.identity ?? 'status'}`;
    const refusal = this.#refusalBeforehand(bytes, label);
    if (refusal !== null) {
      this.#refused(message, refusal);
      return;
    }
    while (!this.#window.hasRoom) await this.#window.room();
    if (this.#failure !== null) throw this.#failure;
    const ticket = this.#window.take(bytes, label);
    this.#deadline.note(this.#window.size, false);
    this.#connection.publish(message, (reason) => this.#settled(ticket, label, message, reason));
  }

  /** All messages sent so far belong to what lies before `cursor`. */
  mark(cursor: number): void {
    this.#window.mark(cursor);
  }

  /** Resolves when all that was sent is settled; rejects with `failure`. */
  empty(): Promise<void> {
    return this.#window.empty();
  }

  #refusalBeforehand(bytes: number, label: string): string | null {
    if (this.#deps.suspects.isCondemned(label)) return CONDEMNED_REASON;
    const limit = this.#connection.maximumPacketBytes;
    return bytes > limit ? `packet over the broker's limit of ${limit} bytes` : null;
  }

  #settled(ticket: number, label: string, message: Publication, refusal: string | null): void {
    if (refusal !== null) this.#refused(message, refusal);
    else this.#deps.onSettled(message, true);
    if (!this.#window.settle(ticket)) return;
    if (this.#deps.suspects.settled(label)) this.#window.limits = this.#limits;
    this.#deadline.note(this.#window.size, true);
  }

  #refused(message: Publication, reason: string): void {
    this.#deps.refusals.add(reason, message.topic, message.identity);
    this.#deps.onSettled(message, false);
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
