/** An MQTT consumer like any other, which counts what the bridge publishes: each reading once, by its identity. */
import { connectAsync, type MqttClient } from 'mqtt';
import { SequenceSet } from '@weir/protocol';
import { z } from 'zod';

const messageSchema = z.object({ epoch: z.number(), sequence: z.number(), index: z.number() });

export interface SubscriberCounts {
  /** Different readings seen. */
  readonly readings: number;
  /** Messages that repeated one: delivery is at least once. */
  readonly repeats: number;
  readonly unreadable: number;
}

export class Subscriber {
  readonly #client: MqttClient;
  readonly #topics: RegExp;
  readonly #seen = new Map<string, SequenceSet>();
  #counts = { readings: 0, repeats: 0, unreadable: 0 };

  /** Subscribes to the readings of the named devices. */
  static async connect(url: string, devices: readonly string[]): Promise<Subscriber> {
    const client = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 500 });
    const subscriber = new Subscriber(client, devices);
    await client.subscribeAsync(
      devices.map((device) => `weir/${device}/#`),
      { qos: 1 },
    );
    return subscriber;
  }

  private constructor(client: MqttClient, devices: readonly string[]) {
    this.#client = client;
    this.#topics = new RegExp(
      `^weir/(?:${devices.map((device) => device.replaceAll('.', '\\.')).join('|')})/(?!status$)`,
    );
    client.on('message', (topic, payload, packet) => {
      if (!packet.retain && this.#topics.test(topic)) this.#take(topic, payload);
    });
  }

  counts(): SubscriberCounts {
    return { ...this.#counts };
  }

  async close(): Promise<void> {
    await this.#client.endAsync();
  }

  #take(topic: string, payload: Buffer): void {
    const message = messageSchema.safeParse(parseJson(payload.toString()));
    if (!message.success) {
      this.#counts.unreadable++;
      return;
    }
    const { epoch, sequence, index } = message.data;
    const key = `${topic} ${epoch} ${index}`;
    const seen = this.#seen.get(key) ?? new SequenceSet();
    this.#seen.set(key, seen);
    if (seen.has(sequence)) this.#counts.repeats++;
    else {
      seen.add(sequence, sequence);
      this.#counts.readings++;
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
