/**
 * Keeps a session with the broker going: dials, serves, and after each loss waits (full jitter) and dials again. A session
 * that got readings settled, or held for a while, resets the back-off: one that connects and breaks again does not.
 */
import { fullJitter, WeirError } from '@weir/runtime';
import { pause } from './pause.js';
import { lastWill } from './payload.js';
import { dial, DialError, type BrokerSettings } from './publisher/broker-connection.js';
import type { BrokerPort } from './publisher/broker-port.js';
import type { MqttVersion } from './publisher/packet.js';
import { Publisher, type PublisherSettings } from './publisher/publisher.js';
import { Suspects } from './publisher/suspects.js';
import { Session, type SessionDeps, type SessionSettings } from './session.js';
import { bridgeStatusTopic } from './topics.js';

export interface RelaySettings {
  readonly broker: BrokerSettings;
  readonly protocolVersion: MqttVersion | 'auto';
  readonly publisher: PublisherSettings;
  readonly session: SessionSettings;
}

const RETRY_BASE_MS = 500;
const STABLE_US = 10_000_000;

export class Relay {
  readonly #settings: RelaySettings;
  readonly #deps: SessionDeps;
  readonly #suspects = new Suspects();
  /** What this broker spoke last. */
  #version: MqttVersion;

  constructor(settings: RelaySettings, deps: SessionDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#version = settings.protocolVersion === 'auto' ? 5 : settings.protocolVersion;
  }

  /** Runs until `stop` is aborted; never rejects. */
  async run(stop: AbortSignal): Promise<void> {
    const { clock, timers, entropy, logger, progress } = this.#deps;
    const bounds = { baseMs: RETRY_BASE_MS, capMs: this.#settings.session.retryDelayMaxMs };
    for (let attempt = 0; ; attempt++) {
      const [begunUs, settled] = [clock.monotonicUs(), progress.settledEver];
      const fault = await this.#once(stop).catch((error: unknown) => WeirError.from(error));
      progress.protocolVersion = null;
      progress.brokerError = fault;
      if (fault === null || stop.aborted) return;
      const fruitful = progress.settledEver > settled || clock.monotonicUs() - begunUs > STABLE_US;
      if (fruitful) attempt = 0;
      const retryInMs = fullJitter(attempt, bounds, entropy);
      logger.warn({ code: fault.code, cursor: progress.cursor, retryInMs }, fault.message);
      await pause(retryInMs, timers, stop);
    }
  }

  /** One connection. Resolves with the reason of its end, null when that was `stop`. */
  async #once(stop: AbortSignal): Promise<WeirError | null> {
    const { progress, logger, clock, timers } = this.#deps;
    const connection = await this.#dial(stop);
    progress.brokerError = null;
    progress.protocolVersion = connection.protocolVersion;
    logger.info({ broker: this.#settings.broker.url, mqtt: this.#version }, 'connected to the broker');
    const publisher = new Publisher(connection, this.#settings.publisher, {
      clock,
      timers,
      refusals: progress.refusals,
      suspects: this.#suspects,
      onCursor: (cursor) => progress.moveTo(cursor),
      onSettled(message, accepted) {
        if (message.identity !== null) progress.readingSettled(message, accepted);
      },
    });
    return new Session(this.#settings.session, this.#deps, connection, publisher).run(stop);
  }

  /** In `auto`, a broker that seems not to know this MQTT version is tried at once in the other. */
  async #dial(stop: AbortSignal): Promise<BrokerPort> {
    const { broker, session } = this.#settings;
    const will = lastWill(bridgeStatusTopic(session.prefix, session.name));
    try {
      return await dial(broker, this.#version, will, stop);
    } catch (error) {
      const otherMayWork = error instanceof DialError && error.versionDoubt && !stop.aborted;
      if (this.#settings.protocolVersion !== 'auto' || !otherMayWork) throw error;
      const other = this.#version === 5 ? 4 : 5;
      const connection = await dial(broker, other, will, stop);
      this.#version = other;
      return connection;
    }
  }
}
