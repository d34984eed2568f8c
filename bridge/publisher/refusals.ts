/**
 * Messages that will never be taken, by the broker or by its limits: counted by reason, told, and remembered.
 *
 * Remembered, because a refused message can come again: mosquitto, for one, drops the connection after it has refused
 * a message in MQTT 5, and the stream then begins again before that message. A message refused once is not sent again; a
 * topic that the broker forbids is not tried again for an hour, or each of its readings would cost a connection.
 *
 * Limits: 1,000 messages, 10,000 topics and 32 reasons, the latest ones.
 */
import type { Clock, Logger } from '@weir/runtime';
import { messageKey, type Publication } from '../payload.js';

export interface Refusal {
  readonly reason: string;
  /** It is the topic that the broker does not allow, whatever the message. */
  readonly topicForbidden: boolean;
}

const MESSAGES_MAX = 1_000;
const TOPICS_MAX = 10_000;
/** A broker can put any text into its reasons. */
const REASONS_MAX = 32;
const TOPIC_FORBIDDEN_US = 3_600_000_000;

export class Refusals {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #byReason = new Map<string, number>();
  readonly #messages = new Set<string>();
  /** Until when (monotonic us) a topic is not tried. */
  readonly #topics = new Map<string, { readonly untilUs: number; readonly reason: string }>();
  #count = 0;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  get count(): number {
    return this.#count;
  }

  byReason(): Record<string, number> {
    return Object.fromEntries(this.#byReason);
  }

  /** Counts, tells and remembers a refusal. */
  refuse(message: Publication, { reason, topicForbidden }: Refusal): void {
    this.tally(reason, message.topic, message.identity);
    if (topicForbidden) {
      const untilUs = this.#clock.monotonicUs() + TOPIC_FORBIDDEN_US;
      if (this.#topics.size >= TOPICS_MAX) this.#topics.delete(firstOf(this.#topics));
      this.#topics.set(message.topic, { untilUs, reason });
    } else if (message.identity !== null) {
      if (this.#messages.size >= MESSAGES_MAX) this.#messages.delete(firstOf(this.#messages));
      this.#messages.add(messageKey(message));
    }
  }

  /** Must this message not be sent? One that its topic forbids is counted; one refused before was counted then. */
  holdsBack(message: Publication): boolean {
    if (this.#messages.size > 0 && this.#messages.has(messageKey(message))) return true;
    const topic = this.#topics.size > 0 ? this.#topics.get(message.topic) : undefined;
    if (topic === undefined) return false;
    if (topic.untilUs > this.#clock.monotonicUs()) {
      this.tally(topic.reason, message.topic, message.identity);
      return true;
    }
    this.#topics.delete(message.topic);
    return false;
  }

  /** Counts a refusal and tells the 1st, 2nd, 4th, 8th ... of each reason: none goes unsaid, none floods the log. */
  tally(reason: string, topic: string, identity: string | null): void {
    const key = this.#byReason.has(reason) || this.#byReason.size < REASONS_MAX ? reason : 'other reasons';
    const count = (this.#byReason.get(key) ?? 0) + 1;
    this.#byReason.set(key, count);
    this.#count++;
    if ((count & (count - 1)) === 0)
      this.#logger.warn({ reason, topic, identity, count }, 'message refused; it is not sent again');
  }
}

function firstOf(keys: Map<string, unknown> | Set<string>): string {
  return keys.keys().next().value ?? '';
}
