/** The MQTT subscriber: QoS 1, a session that outlives connections and brokers. It is never killed. */
import { connect, type MqttClient } from 'mqtt';
import { readingName, mqttReading, type MqttReading } from './mqtt-message.js';

/** What came of one reading. */
export interface Delivery extends MqttReading {
  /** How often it came. */
  count: number;
}

const SESSION_EXPIRY_NEVER = 0xffff_ffff;

export class Subscriber {
  /** By `DEVICE VALUE`. */
  readonly deliveries = new Map<string, Delivery>();
  /** Messages beyond the first of each identity. */
  redelivered = 0;
  /** The same reading under two identities. */
  readonly contradictions: string[] = [];
  /** How often the broker had forgotten the session. */
  sessionsForgotten = -1;
  /** `performance.now()` of the last message. */
  lastMs = performance.now();
  readonly #client: MqttClient;

  /** Connects for as long as it takes. */
  constructor(port: number) {
    this.#client = connect({
      host: '127.0.0.1',
      port,
      protocolVersion: 5,
      clientId: 'torture-subscriber',
      clean: false,
      properties: { sessionExpiryInterval: SESSION_EXPIRY_NEVER, receiveMaximum: 100 },
      keepalive: 10,
      reconnectPeriod: 100,
      connectTimeout: 2_000,
      // The broker's session has the subscription; where it has not, that is counted.
      resubscribe: false,
    });
    this.#client.on('error', () => undefined);
    this.#client.on('message', (topic, payload) => this.#message(topic, payload.toString()));
    this.#client.on('connect', ({ sessionPresent }) => {
      if (sessionPresent) return;
      this.sessionsForgotten += 1;
      this.#client.subscribe('weir/#', { qos: 1 }, () => undefined);
    });
  }

  get connected(): boolean {
    return this.#client.connected;
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }

  #message(topic: string, payload: string): void {
    const reading = mqttReading(topic, payload);
    if (reading === null) return;
    this.lastMs = performance.now();
    const name = readingName(reading.device, reading.key);
    const known = this.deliveries.get(name);
    if (known === undefined) {
      this.deliveries.set(name, { ...reading, count: 1 });
      return;
    }
    known.count += 1;
    this.redelivered += 1;
    if (identity(known) !== identity(reading))
      this.contradictions.push(`${name}: ${identity(known)}, ${identity(reading)}`);
  }
}

function identity({ epoch, sequence, index }: MqttReading): string {
  return `${epoch}/${sequence}/${index}`;
}
