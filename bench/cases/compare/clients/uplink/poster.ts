/**
 * A device that sends its readings by HTTP POST, as a careful engineer would write it: no more headers than the hub needs, each
 * body in the same write as its headers, and several connections, so that a message need not wait for the answer to the one
 * before it.
 *
 *   send ──message full──► waiting ──connection free──► POST ──200──► confirmed
 */
import { systemClock } from '@weir/runtime';
import { GREETING, type Assignment } from '../assignment.js';
import type { SenderNotes } from '../sender.js';
import { Messages, type Message } from './messages.js';
import { CONNECTIONS_PER_DEVICE, PostConnections } from './post-connections.js';
import { ReadingsFrames } from './readings-frames.js';

export class Poster {
  readonly #device: number;
  readonly #notes: SenderNotes;
  readonly #frames: ReadingsFrames;
  readonly #messages: Messages;
  readonly #connections: PostConnections;
  readonly #waiting: Message[] = [];
  #underWay = 0;
  #idle: () => void = () => undefined;

  constructor(device: number, { plan: { scenario }, server, prefix }: Assignment, notes: SenderNotes) {
    this.#device = device;
    this.#notes = notes;
    this.#frames = new ReadingsFrames(`${prefix}${device}`);
    this.#connections = new PostConnections(scenario.method, server);
    this.#messages = new Messages(scenario.readingsPerMessage, (message) => {
      this.#waiting.push(message);
      this.#next();
    });
  }

  /** Describes the channel, once for all, and leaves a connection and a TLS session to go on with. */
  async greet(): Promise<void> {
    const greeting = [{ takenUs: systemClock.monotonicUs(), value: GREETING }];
    const [describe, readings] = [this.#frames.describe(), this.#frames.readings(greeting)];
    await this.#connections.post(Buffer.concat([this.#frames.hello(), describe, readings]), 2);
    this.#connections.greeted();
  }

  send(reading: number): void {
    this.#messages.add(reading);
  }

  /** Resolves when everything is answered. */
  async finish(): Promise<void> {
    this.#messages.flush();
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  close(): void {
    this.#connections.close();
  }

  #next(): void {
    while (this.#underWay < CONNECTIONS_PER_DEVICE) {
      const message = this.#waiting.shift();
      if (message === undefined) return;
      this.#underWay++;
      this.#post(message).catch(this.#notes.failed);
    }
  }

  async #post({ first, readings }: Message): Promise<void> {
    const frame = this.#frames.readings(readings);
    await this.#connections.post(Buffer.concat([this.#frames.hello(), frame]), 1);
    const nowUs = systemClock.monotonicUs();
    for (const place of readings.keys()) this.#notes.confirmed(this.#device, first + place, nowUs);
    this.#underWay--;
    this.#next();
    if (this.#underWay === 0) this.#idle();
  }
}
