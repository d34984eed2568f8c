/** A subscriber for tests: every message that a broker sends it, with a session that outlives its connection. */
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';

export interface Received {
  readonly topic: string;
  readonly payload: Record<string, unknown>;
  readonly retain: boolean;
  readonly properties: Record<string, unknown>;
}

export class Collector {
  readonly received: Received[] = [];
  readonly #client: MqttClient;

  static async start(url: string, filter: string, options: IClientOptions = {}): Promise<Collector> {
    const client = await connectAsync(url, {
      clientId: `collector-${process.pid}-${Date.now()}`,
      reconnectPeriod: 50,
      ...options,
    });
    const collector = new Collector(client);
    await client.subscribeAsync(filter, { qos: 1 });
    return collector;
  }

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on('error', () => undefined);
    client.on('message', (topic, payload, packet) => {
      const parsed = JSON.parse(payload.toString()) as Record<string, unknown>;
      const properties = { ...packet.properties };
      this.received.push({ topic, payload: parsed, retain: packet.retain, properties });
    });
  }

  /** What came on one topic, in order. */
  on(topic: string): Record<string, unknown>[] {
    return this.received.filter((each) => each.topic === topic).map(({ payload }) => payload);
  }

  /** The values that came on one topic, in order. */
  values(topic: string): unknown[] {
    return this.on(topic).map(({ value }) => value);
  }

  /** Identities of all readings received, `EPOCH/SEQUENCE/INDEX` behind their topic. */
  identities(): Set<string> {
    return new Set(
      this.received
        .filter(({ payload }) => 'sequence' in payload)
        .map(
          ({ topic, payload: { epoch, sequence, index } }) =>
            `${topic} ${String(epoch)}/${String(sequence)}/${String(index)}`,
        ),
    );
  }

  stop(): Promise<void> {
    return this.#client.endAsync(true);
  }
}
