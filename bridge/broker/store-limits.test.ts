import { beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '@weir/runtime';
import { StoreGuard, type GrowingStore } from './store-limits.js';

interface Packet {
  readonly topic: string;
  readonly payload: string;
}

const packet = (payload: string, topic = 't'): Packet => ({ topic, payload });

describe('the store guard', () => {
  let enqueued: string[] = [];
  let retained = new Map<string, string>();
  let store: GrowingStore;
  let guard: StoreGuard;

  beforeEach(() => {
    enqueued = [];
    retained = new Map();
    const queue: Packet[] = [];
    store = {
      outgoingEnqueueCombi(subscribers, { topic, payload }) {
        for (const { clientId } of subscribers) {
          enqueued.push(clientId);
          queue.push({ topic, payload: String(payload) });
        }
        return Promise.resolve();
      },
      outgoingClearMessageId: () => Promise.resolve(queue.shift()),
      storeRetained({ topic, payload }) {
        retained.set(topic, String(payload));
        return Promise.resolve();
      },
    };
    guard = new StoreGuard({ messagesPerSubscriber: 2, bytes: 10_000 }, silentLogger);
    guard.protect(store);
  });

  it('drops what is over a subscriber’s number, for that subscriber alone', async () => {
    for (let i = 0; i < 3; i++) await store.outgoingEnqueueCombi([{ clientId: 'slow' }], packet('x'));
    await store.outgoingEnqueueCombi([{ clientId: 'slow' }, { clientId: 'other' }], packet('x'));
    expect(enqueued).toEqual(['slow', 'slow', 'other']);
    expect(guard.dropped).toBe(2);
  });

  it('has room again when the subscriber acknowledges', async () => {
    for (let i = 0; i < 2; i++) await store.outgoingEnqueueCombi([{ clientId: 'slow' }], packet('x'));
    await store.outgoingClearMessageId({ id: 'slow' }, {});
    await store.outgoingEnqueueCombi([{ clientId: 'slow' }], packet('x'));
    expect(guard.dropped).toBe(0);
    for (let i = 0; i < 3; i++) await store.outgoingClearMessageId({ id: 'slow' }, {});
    expect(guard.storedBytes).toBe(0);
  });

  it('bounds the bytes of all together, retained messages included', async () => {
    await store.storeRetained(packet('x'.repeat(9_000)));
    await store.outgoingEnqueueCombi([{ clientId: 'a' }], packet('x'.repeat(2_000)));
    await store.storeRetained(packet('x'.repeat(2_000), 'other'));
    expect([enqueued, [...retained.keys()], guard.dropped]).toEqual([[], ['t'], 2]);
    await store.storeRetained(packet('x'.repeat(100)));
    await store.storeRetained(packet('x'.repeat(2_000), 'other'));
    expect(retained.get('other')).toHaveLength(2_000);
    for (const topic of ['t', 'other']) await store.storeRetained(packet('', topic));
    expect(guard.storedBytes).toBe(0);
  });
});
