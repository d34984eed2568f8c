/**
 * One connection to the broker, from birth to loss, and the hub's stream relayed over it.
 *
 *   birth ──> hub stream from the cursor ──> messages ──> publisher ──> broker
 *                   ^      │ lost                             │ lost          stop
 *                   └──────┘ back off, from the last          v                │
 *                            message taken               end of session   drain, goodbye
 *
 * Without a broker no stream is open: the hub's log is the queue, and this process holds no more than the window and one
 * inbox. With the new connection the stream begins again at the cursor, less what was settled beyond it, and with it come
 * all devices' states, so that a broker that forgot its retained messages gets them back.
 */
import { fullJitter, WeirError, type Clock, type Entropy, type Logger, type Timers } from '@weir/runtime';
import { Announcer } from './announcer.js';
import { pause } from './pause.js';
import { deviceStatusPublication, readingPublication } from './payload.js';
import type { Progress } from './progress.js';
import type { BrokerPort } from './publisher/broker-port.js';
import type { Publisher } from './publisher/publisher.js';
import { HubRefusal, readHubStream, type HubStreamSettings } from './stream/hub-stream.js';
import type { HubDevice, ReadingBatch, StreamMessage } from './stream/message.js';
import { bridgeStatusTopic, deviceStatusTopic, readingTopic } from './topics.js';

export interface SessionSettings {
  readonly name: string;
  readonly prefix: string;
  readonly startFrom: 'start' | 'now';
  readonly hub: HubStreamSettings;
  readonly retryDelayMaxMs: number;
}

export interface SessionDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly entropy: Entropy;
  readonly logger: Logger;
  readonly progress: Progress;
}

const RETRY_BASE_MS = 500;
/** How long a closing bridge waits for the last acknowledgements. */
const DRAIN_MS = 5_000;

export class Session {
  readonly #settings: SessionSettings;
  readonly #deps: SessionDeps;
  readonly #connection: BrokerPort;
  readonly #publisher: Publisher;
  readonly #announcer: Announcer;
  /** Cursor of the last message taken from the hub: where a broken stream goes on. */
  #position: number;

  constructor(settings: SessionSettings, deps: SessionDeps, connection: BrokerPort, publisher: Publisher) {
    this.#settings = settings;
    this.#deps = deps;
    this.#connection = connection;
    this.#publisher = publisher;
    const topic = bridgeStatusTopic(settings.prefix, settings.name);
    this.#announcer = new Announcer(topic, publisher, deps);
    this.#position = deps.progress.cursor;
    deps.progress.sessionBegins();
  }

  /** Resolves with why the connection was lost, or with null when `stop` was aborted and all is said and settled. */
  async run(stop: AbortSignal): Promise<WeirError | null> {
    const lost = new AbortController();
    this.#connection.onLost(() => lost.abort());
    const either = AbortSignal.any([stop, lost.signal]);
    const cancelDrain = this.#destroyWhenDrainTakesLong(stop);
    try {
      await this.#announcer.birth();
      await this.#follow(either);
      if (this.#publisher.failure !== null) return this.#publisher.failure;
      await this.#publisher.empty();
      await this.#announcer.announce('offline', 'stopped');
      await this.#publisher.empty();
      await this.#connection.close();
      return null;
    } catch (error) {
      return this.#publisher.failure ?? WeirError.from(error);
    } finally {
      this.#announcer.stop();
      cancelDrain();
      this.#connection.destroy();
    }
  }

  /** Reads the hub until the signal, again and again. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { progress, timers, clock, entropy, logger } = this.#deps;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const from = this.#position > 0 ? String(this.#position) : this.#settings.startFrom;
      const deps = { clock, timers, onOpen: () => this.#hubOpened() };
      try {
        for await (const message of readHubStream(this.#settings.hub, from, deps, signal)) {
          attempt = 0;
          await this.#relay(message, signal);
        }
      } catch (error) {
        if (this.#publisher.failure !== null) throw this.#publisher.failure;
        const fault = WeirError.from(error);
        const bounds = { baseMs: RETRY_BASE_MS, capMs: this.#settings.retryDelayMaxMs };
        const asked = fault instanceof HubRefusal ? fault.retryAfterMs : 0;
        const delayMs = asked + fullJitter(attempt, bounds, entropy);
        progress.hubError = fault;
        logger.warn({ code: fault.code, from, retryInMs: delayMs }, fault.message);
        await this.#announcer.announce('waiting', fault.message);
        await pause(delayMs, timers, signal);
      }
    }
  }

  /** Sends what one message of the hub says. */
  async #relay(message: StreamMessage, signal: AbortSignal): Promise<void> {
    switch (message.type) {
      case 'device':
        await this.#relayDevice(message.device);
        break;
      case 'caught_up':
        this.#mark(message.cursor);
        break;
      case 'skipped':
        this.#deps.progress.skipped++;
        this.#deps.logger.warn(message, 'the hub cannot send a part of its log any more');
        // Told by the hub, the cursor may go back: its log is another one.
        this.#position = Math.min(this.#position, message.to);
        this.#mark(message.to);
        break;
      case 'readings':
        for (const { values } of message.batches) this.#deps.progress.readingsReceived(values.length);
        for (const batch of message.batches) await this.#relayBatch(batch, signal);
        if (!signal.aborted) this.#mark(message.cursor);
    }
  }

  /** All that was sent lies before this cursor. It does not go back unsaid. */
  #mark(cursor: number): void {
    if (cursor < this.#position)
      throw new WeirError(
        'bridge.bad_stream',
        `the hub's cursor went back from ${this.#position} to ${cursor}`,
      );
    this.#position = cursor;
    this.#publisher.mark(cursor);
  }

  async #relayBatch(batch: ReadingBatch, signal: AbortSignal): Promise<void> {
    let topic: string;
    try {
      topic = readingTopic(this.#settings.prefix, batch.device, batch.channel);
    } catch (error) {
      this.#refuseName(WeirError.from(error), batch.values.length);
      return;
    }
    for (let index = 0; index < batch.values.length && !signal.aborted; index++) {
      const message = readingPublication(topic, batch, index);
      if (!this.#deps.progress.settledBefore(message)) await this.#publisher.send(message);
    }
  }

  async #relayDevice(device: HubDevice): Promise<void> {
    try {
      const topic = deviceStatusTopic(this.#settings.prefix, device.device);
      await this.#publisher.send(deviceStatusPublication(topic, device));
    } catch (error) {
      const fault = WeirError.from(error);
      if (fault.code !== 'bridge.bad_name') throw error;
      this.#refuseName(fault, 0);
    }
  }

  #refuseName(fault: WeirError, readings: number): void {
    for (let i = 0; i < Math.max(1, readings); i++)
      this.#deps.progress.refusals.tally('a name that no topic can hold', fault.message, null);
    for (let i = 0; i < readings; i++) this.#deps.progress.readingSettled(null, false);
  }

  #hubOpened(): void {
    this.#deps.progress.hubError = null;
    this.#deps.logger.info({ hub: this.#settings.hub.hub }, "following the hub's stream");
    this.#announcer.announceQuietly('online', null);
  }

  #destroyWhenDrainTakesLong(stop: AbortSignal): () => void {
    let cancel = (): void => undefined;
    const begin = (): void => {
      cancel = this.#deps.timers.after(DRAIN_MS, () => this.#connection.destroy());
    };
    if (stop.aborted) begin();
    else stop.addEventListener('abort', begin);
    return () => {
      stop.removeEventListener('abort', begin);
      cancel();
    };
  }
}
