/**
 * One connection to an MQTT broker, from CONNECT to its loss, over the `mqtt` library. A lost connection is never
 * revived: a new one is dialled, and what was not acknowledged comes again from the hub's log. So the library's own
 * reconnecting, resending and offline queue, which have no bounds, stay out of use:
 *
 * - `reconnectPeriod: 0`, `clean: true`: no reconnect, no stored session. It then calls no callback for messages that
 *   a closing connection leaves open; the loss is told by `onLost` instead.
 * - Nothing is handed to a client that is not connected: its offline store stays empty.
 * - The library ignores the broker's Receive Maximum and Maximum Packet Size (mosquitto 2 grants 20 messages in flight):
 *   both are given on for the window to keep.
 * - A parse error leaves its stream open; here every error ends the connection.
 */
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { messageOf, systemCode, WeirError } from '@weir/runtime';
import type { Publication } from '../payload.js';
import type { BrokerPort, ConnectionLoss } from './broker-port.js';
import { publishProperties, type MqttVersion } from './packet.js';
import type { Refusal } from './refusals.js';
import { blamesNoMessage, reasonText, refusalOf } from './reason-codes.js';

export interface BrokerSettings {
  /** `mqtt://` or `mqtts://`. */
  readonly url: string;
  readonly clientId: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** PEM texts. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly keepAliveMs: number;
  readonly connectTimeoutMs: number;
}

/** The broker did not take the connection. `versionDoubt`: it may if spoken to in the other MQTT version. */
export class DialError extends WeirError {
  readonly versionDoubt: boolean;

  constructor(
    code: 'bridge.broker_refused' | 'bridge.broker_unreachable',
    message: string,
    versionDoubt: boolean,
  ) {
    super(code, message, { retryable: true });
    this.versionDoubt = versionDoubt;
  }
}

/** Connects, with the last will, unless the signal says otherwise. Rejects with a `DialError`; nothing stays open then. */
export function dial(
  settings: BrokerSettings,
  version: MqttVersion,
  will: Publication,
  signal: AbortSignal,
): Promise<BrokerPort> {
  const client = connect(settings.url, clientOptions(settings, version, will));
  const giveUp = (): void => void client.end(true);
  signal.addEventListener('abort', giveUp);
  return new Promise<BrokerPort>((resolve, reject) => {
    let failure: unknown = null;
    const fail = (): void => {
      client.end(true);
      reject(dialError(settings.url, failure));
    };
    client.on('error', (error) => (failure ??= error));
    client.once('close', fail);
    client.once('connect', ({ properties }) => {
      // Nonsense right behind the CONNACK comes before this event, and leaves a parser that reads no more.
      if (failure !== null) return giveUp();
      if (properties?.maximumQoS === 0) {
        failure = new DialError('bridge.broker_refused', `${settings.url} takes no message at QoS 1`, false);
        return giveUp();
      }
      client.removeListener('close', fail);
      resolve(new Connection(client, settings.url, version, properties ?? {}));
    });
    if (signal.aborted) giveUp();
  }).finally(() => signal.removeEventListener('abort', giveUp));
}

interface BrokerLimits {
  readonly receiveMaximum?: number;
  readonly maximumPacketSize?: number;
}

class Connection implements BrokerPort {
  readonly protocolVersion: MqttVersion;
  readonly receiveMaximum: number;
  readonly maximumPacketBytes: number;
  readonly #client: MqttClient;
  readonly #listeners: ((loss: ConnectionLoss) => void)[] = [];
  #loss: ConnectionLoss | null = null;

  constructor(client: MqttClient, url: string, version: MqttVersion, limits: BrokerLimits) {
    this.#client = client;
    this.protocolVersion = version;
    this.receiveMaximum = limits.receiveMaximum ?? 65_535;
    this.maximumPacketBytes = limits.maximumPacketSize ?? Infinity;
    watch(client, url, (loss) => {
      this.#loss = loss;
      for (const listener of this.#listeners) listener(loss);
    });
  }

  publish(message: Publication, settled: (refusal: Refusal | null) => void): void {
    if (!this.#client.connected) return;
    const { topic, payload, retain } = message;
    const options = { qos: 1, retain } as const;
    const properties = this.protocolVersion === 5 ? { properties: publishProperties(message) } : {};
    this.#client.publish(topic, payload, { ...options, ...properties }, (error, packet) => {
      if (!(error instanceof Error)) settled(null);
      else if ('code' in error && typeof error.code === 'number') settled(refusalOf(error.code, packet));
    });
  }

  onLost(listener: (loss: ConnectionLoss) => void): void {
    if (this.#loss === null) this.#listeners.push(listener);
    else listener(this.#loss);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#client.end(false, {}, () => resolve()));
  }

  destroy(): void {
    this.#client.end(true);
  }
}

/** Reports the end of a connection once, with the first cause seen. */
function watch(client: MqttClient, url: string, lost: (loss: ConnectionLoss) => void): void {
  let cause = 'the connection closed';
  let known = false;
  let blameless = false;
  const note = (text: string): void => {
    if (!known) cause = text;
    known = true;
  };
  client.on('disconnect', ({ reasonCode }) => {
    blameless = blamesNoMessage(reasonCode ?? 0);
    note(`the broker ended the connection: ${reasonText(reasonCode ?? 0)}`);
  });
  client.on('error', (error) => {
    note(messageOf(error));
    client.end(true);
  });
  client.once('close', () => {
    client.end(true);
    const error = new WeirError('bridge.broker_lost', `lost ${url}: ${cause}`, { retryable: true });
    lost({ error, blameless });
  });
}

function clientOptions(settings: BrokerSettings, version: MqttVersion, will: Publication): IClientOptions {
  const { username, password } = settings;
  return {
    protocolVersion: version,
    clientId: settings.clientId,
    clean: true,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    keepalive: Math.ceil(settings.keepAliveMs / 1000),
    connectTimeout: settings.connectTimeoutMs,
    timerVariant: 'native',
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...settings.tls,
    will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: will.retain },
  };
}

/** MQTT 3.1.1, table 3.1, and MQTT 5, section 3.2.2.2. */
const UNSUPPORTED_VERSION = [1, 0x84];

function dialError(url: string, failure: unknown): DialError {
  if (failure instanceof DialError) return failure;
  if (failure instanceof Error && 'code' in failure && typeof failure.code === 'number') {
    const message = `${url} refused the connection: ${reasonText(failure.code)}`;
    return new DialError('bridge.broker_refused', message, UNSUPPORTED_VERSION.includes(failure.code));
  }
  const hungUp = failure === null || ['ECONNRESET', 'EPIPE'].includes(systemCode(failure) ?? '');
  const cause = failure === null ? 'it closed the connection before it answered' : causeOf(failure);
  return new DialError('bridge.broker_unreachable', `cannot connect to ${url}: ${cause}`, hungUp);
}

/** A host name with several addresses fails with an error that has the causes inside and no message. */
function causeOf(failure: unknown): string {
  if (failure instanceof AggregateError) return failure.errors.map(messageOf).join('; ');
  return messageOf(failure);
}
