/**
 * Puts bounds on the memory store of aedes, which has none: what waits for subscribers with a session, and retained
 * messages. Over a bound the new message is dropped for that subscriber (or not retained), counted and told, as
 * mosquitto does with `max_queued_messages`.
 */
import type { Logger } from '@weir/runtime';

export interface StoreLimits {
  /** Messages that may wait for one subscriber. */
  readonly messagesPerSubscriber: number;
  /** Bytes of all waiting and retained messages. */
  readonly bytes: number;
}

interface StoredPacket {
  readonly topic: string;
  readonly payload: string | Buffer;
}

/** The part of an aedes persistence that grows. */
export interface GrowingStore {
  outgoingEnqueueCombi(subscribers: readonly { clientId: string }[], packet: StoredPacket): Promise<void>;
  outgoingClearMessageId(client: { id: string }, packet: unknown): Promise<StoredPacket | undefined>;
  storeRetained(packet: StoredPacket): Promise<void>;
}

/** For the topic, the packet's own fields and the objects around them. */
const OVERHEAD_BYTES = 256;

export class StoreGuard {
  readonly #limits: StoreLimits;
  readonly #logger: Logger;
  readonly #waiting = new Map<string, number>();
  readonly #retained = new Map<string, number>();
  #bytes = 0;
  #dropped = 0;

  constructor(limits: StoreLimits, logger: Logger) {
    this.#limits = limits;
    this.#logger = logger;
  }

  /** Messages dropped for a subscriber, or not retained. */
  get dropped(): number {
    return this.#dropped;
  }

  get storedBytes(): number {
    return this.#bytes;
  }

  /** Takes the place of the store's own methods. */
  protect(store: GrowingStore): void {
    const enqueue = store.outgoingEnqueueCombi.bind(store);
    const clear = store.outgoingClearMessageId.bind(store);
    const retain = store.storeRetained.bind(store);
    store.outgoingEnqueueCombi = (subscribers, packet) => {
      const bytes = bytesOf(packet);
      return enqueue(
        subscribers.filter(({ clientId }) => this.#enqueues(clientId, bytes)),
        packet,
      );
    };
    store.outgoingClearMessageId = async (client, packet) => {
      const cleared = await clear(client, packet);
      if (cleared !== undefined) this.#dequeues(client.id, bytesOf(cleared));
      return cleared;
    };
    store.storeRetained = async (packet) => {
      if (this.#retains(packet)) await retain(packet);
    };
  }

  #enqueues(clientId: string, bytes: number): boolean {
    const waiting = this.#waiting.get(clientId) ?? 0;
    if (waiting >= this.#limits.messagesPerSubscriber || this.#bytes + bytes > this.#limits.bytes) {
      this.#drop(`the queue of subscriber ${clientId.slice(0, 64)} is full`);
      return false;
    }
    this.#waiting.set(clientId, waiting + 1);
    this.#bytes += bytes;
    return true;
  }

  #dequeues(clientId: string, bytes: number): void {
    const left = (this.#waiting.get(clientId) ?? 0) - 1;
    if (left > 0) this.#waiting.set(clientId, left);
    else this.#waiting.delete(clientId);
    this.#bytes -= bytes;
  }

  #retains(packet: StoredPacket): boolean {
    const before = this.#retained.get(packet.topic) ?? 0;
    const bytes = packet.payload.length === 0 ? 0 : bytesOf(packet);
    if (bytes > before && this.#bytes + bytes - before > this.#limits.bytes) {
      this.#drop('the store of retained messages is full');
      return false;
    }
    this.#bytes += bytes - before;
    if (bytes === 0) this.#retained.delete(packet.topic);
    else this.#retained.set(packet.topic, bytes);
    return true;
  }

  /** Tells the 1st, 2nd, 4th, 8th ... */
  #drop(reason: string): void {
    this.#dropped++;
    if ((this.#dropped & (this.#dropped - 1)) === 0)
      this.#logger.warn({ dropped: this.#dropped }, `message dropped: ${reason}`);
  }
}

function bytesOf({ topic, payload }: StoredPacket): number {
  return OVERHEAD_BYTES + 2 * topic.length + payload.length;
}
