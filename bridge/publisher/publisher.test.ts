import { describe, expect, it } from 'vitest';
import { silentLogger, WeirError } from '@weir/runtime';
import type { Publication } from '../payload.js';
import { ManualTime } from '../timers.testing.js';
import type { BrokerPort, ConnectionLoss } from './broker-port.js';
import type { MqttVersion } from './packet.js';
import { Publisher } from './publisher.js';
import { Refusals, type Refusal } from './refusals.js';
import { Suspects } from './suspects.js';

/** A broker that does as told. */
class ToldBroker implements BrokerPort {
  readonly protocolVersion: MqttVersion = 5;
  receiveMaximum = 65_535;
  maximumPacketBytes = Infinity;
  readonly sent: { topic: string; answer: (refusal: Refusal | null) => void }[] = [];
  #listener: (loss: ConnectionLoss) => void = () => undefined;

  publish({ topic }: Publication, answer: (refusal: Refusal | null) => void): void {
    this.sent.push({ topic, answer });
  }

  onLost(listener: (loss: ConnectionLoss) => void): void {
    this.#listener = listener;
  }

  lose(blameless = false): void {
    this.#listener({ error: new WeirError('bridge.broker_lost', 'gone'), blameless });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): void {
    this.lose();
  }
}

const reading = (n: number): Publication => ({
  topic: `t/${n}`,
  payload: '1',
  retain: false,
  identity: `1/${n}/0`,
});

const refusal = (reason: string, topicForbidden = false): Refusal => ({ reason, topicForbidden });

function setUp(
  more: { messages?: number; suspects?: Suspects; refusals?: Refusals; broker?: ToldBroker } = {},
) {
  const broker = more.broker ?? new ToldBroker();
  const time = new ManualTime();
  const refusals = more.refusals ?? new Refusals(silentLogger, time);
  const suspects = more.suspects ?? new Suspects();
  const cursors: number[] = [];
  const settled: [string, boolean][] = [];
  const publisher = new Publisher(
    broker,
    { limits: { messages: more.messages ?? 100, bytes: 1e6 }, ackTimeoutMs: 1_000 },
    {
      clock: time,
      timers: time,
      refusals,
      suspects,
      onSettled: ({ topic }, accepted) => settled.push([topic, accepted]),
      onCursor: (cursor) => cursors.push(cursor),
    },
  );
  return { broker, time, refusals, suspects, cursors, settled, publisher };
}

describe('the publisher', () => {
  it('sends no more than the broker takes in flight', async () => {
    const broker = new ToldBroker();
    broker.receiveMaximum = 2;
    const { publisher } = setUp({ broker });
    await publisher.send(reading(1));
    await publisher.send(reading(2));
    const third = publisher.send(reading(3));
    const fourth = publisher.send(reading(4));
    expect(broker.sent).toHaveLength(2);
    broker.sent[0]!.answer(null);
    await third;
    expect(broker.sent).toHaveLength(3);
    broker.sent[1]!.answer(null);
    await fourth;
    expect(broker.sent).toHaveLength(4);
  });

  it('counts what the broker refuses, with its reason, and moves on', async () => {
    const { publisher, broker, refusals, cursors, settled } = setUp();
    await publisher.send(reading(1));
    await publisher.send(reading(2));
    publisher.mark(10);
    broker.sent[0]!.answer(refusal('quota exceeded (0x97)'));
    expect(cursors).toEqual([]);
    broker.sent[1]!.answer(null);
    expect(cursors).toEqual([10]);
    expect(refusals.byReason()).toEqual({ 'quota exceeded (0x97)': 1 });
    expect(settled).toEqual([
      ['t/1', false],
      ['t/2', true],
    ]);
  });

  it('does not send what the broker says is too large', async () => {
    const broker = new ToldBroker();
    broker.maximumPacketBytes = 100;
    const { publisher, refusals, cursors } = setUp({ broker });
    await publisher.send({ ...reading(1), payload: 'x'.repeat(100) });
    publisher.mark(10);
    expect(broker.sent).toEqual([]);
    expect(refusals.byReason()).toEqual({ "packet over the broker's limit of 100 bytes": 1 });
    expect(cursors).toEqual([10]);
  });

  it('tells a loss to whoever waits, and counts no answer that comes later', async () => {
    const { publisher, broker, cursors } = setUp({ messages: 1 });
    await publisher.send(reading(1));
    publisher.mark(10);
    const waiting = publisher.send(reading(2));
    broker.lose();
    await expect(waiting).rejects.toThrow('gone');
    await expect(publisher.send(reading(3))).rejects.toThrow('gone');
    broker.sent[0]!.answer(null);
    expect(cursors).toEqual([]);
    expect(publisher.failure).toMatchObject({ code: 'bridge.broker_lost' });
  });

  it('leaves a broker that acknowledges nothing', async () => {
    const { publisher, time } = setUp();
    await publisher.send(reading(1));
    time.advance(1_000);
    expect(publisher.failure).toMatchObject({ code: 'bridge.ack_timeout' });
  });

  it('finds the message that makes the broker hang up, refuses it, and passes all others', async () => {
    const suspects = new Suspects();
    const refusals = new Refusals(silentLogger, new ManualTime());
    const poison = 't/3';
    let passed: string[] = [];
    for (let connection = 1; connection <= 6; connection++) {
      const { publisher, broker, cursors } = setUp({ suspects, refusals });
      passed = [];
      try {
        for (let n = 1; n <= 5; n++) {
          const sending = publisher.send(reading(n));
          for (const { topic, answer } of broker.sent.splice(0)) {
            if (topic === poison) broker.lose();
            passed.push(topic);
            answer(null);
          }
          await sending;
        }
        publisher.mark(10);
      } catch {
        expect(connection).toBeLessThan(6);
        continue;
      }
      expect([connection, cursors]).toEqual([6, [10]]);
      expect(refusals.byReason()).toEqual({ 'the broker hangs up whenever this message is sent': 1 });
    }
    expect(passed).toEqual(['t/1', 't/2', 't/4', 't/5']);
  });

  it('passes all but the forbidden to a broker that hangs up after each refusal', async () => {
    const refusals = new Refusals(silentLogger, new ManualTime());
    const passed = new Set<string>();
    for (let connection = 1; connection <= 4; connection++) {
      const { publisher, broker, cursors } = setUp({ refusals });
      try {
        for (let n = 1; n <= 5; n++) {
          const sending = publisher.send(reading(n));
          for (const { topic, answer } of broker.sent.splice(0)) {
            const forbidden = topic === 't/2' || topic === 't/4';
            answer(forbidden ? refusal('not authorized (0x87)', true) : null);
            if (forbidden) broker.lose();
            else passed.add(topic);
          }
          await sending;
        }
        publisher.mark(10);
      } catch {
        continue;
      }
      expect([connection, cursors]).toEqual([3, [10]]);
      break;
    }
    expect([...passed]).toEqual(['t/1', 't/3', 't/5']);
  });

  it('accuses no message when the broker names another reason', async () => {
    const suspects = new Suspects();
    for (let i = 0; i < 10; i++) {
      const { publisher, broker } = setUp({ suspects });
      await publisher.send(reading(1));
      broker.lose(true);
    }
    expect(suspects.cautious).toBe(false);
  });
});
