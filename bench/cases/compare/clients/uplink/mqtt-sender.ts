import type { Socket } from 'node:net';
import { connectAsync, type MqttClient } from 'mqtt';
import { systemClock } from '@weir/runtime';
import { GREETING, type Assignment } from '../assignment.js';
import type { OpenSender, SenderNotes } from '../sender.js';
import { Messages } from './messages.js';
import { ReadingsFrames } from './readings-frames.js';

/** Devices at an MQTT broker, QoS 1. A message carries the frame that the other methods carry, its topic is the device's name. */
export const openPublishers: OpenSender = async (assignment, notes) => {
  const { devices } = assignment.plan.scenario;
  const publishers = Array.from({ length: devices }, (_, device) => new Publisher(device, assignment, notes));
  const close = async (): Promise<void> => {
    await Promise.all(publishers.map((publisher) => publisher.close()));
  };
  try {
    await Promise.all(publishers.map((publisher) => publisher.connect()));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    send: (device, reading) => publishers[device]?.messages.add(reading),
    finish: async () => {
      await Promise.all(publishers.map((publisher) => publisher.finish()));
    },
    close,
  };
};

class Publisher {
  readonly messages: Messages;
  readonly #name: string;
  readonly #assignment: Assignment;
  readonly #notes: SenderNotes;
  readonly #frames: ReadingsFrames;
  readonly #underWay = new Set<Promise<void>>();
  #client: MqttClient | null = null;

  constructor(device: number, assignment: Assignment, notes: SenderNotes) {
    this.#name = `${assignment.prefix}${device}`;
    this.#assignment = assignment;
    this.#notes = notes;
    this.#frames = new ReadingsFrames(this.#name);
    const { readingsPerMessage } = assignment.plan.scenario;
    this.messages = new Messages(readingsPerMessage, ({ first, readings }) => {
      const published = this.#publish(this.#frames.readings(readings)).then(() => {
        const nowUs = systemClock.monotonicUs();
        for (const place of readings.keys()) notes.confirmed(device, first + place, nowUs);
        this.#underWay.delete(published);
      }, notes.failed);
      this.#underWay.add(published);
    });
  }

  async connect(): Promise<void> {
    const { plan, server } = this.#assignment;
    const client = await connectAsync(`mqtt://${server.host}:${server.port}`, {
      ...{ clientId: this.#name, reconnectPeriod: 0 },
    });
    this.#client = client;
    // The library leaves Nagle's algorithm on.
    if (plan.scenario.noDelay) (client.stream as Socket).setNoDelay(true);
    client.on('error', this.#notes.failed);
    client.on('close', () =>
      this.#notes.failed(new Error(`the broker closed the connection of ${this.#name}`)),
    );
    await this.#publish(this.#frames.readings([{ takenUs: systemClock.monotonicUs(), value: GREETING }]));
  }

  async finish(): Promise<void> {
    this.messages.flush();
    await Promise.all(this.#underWay);
  }

  async close(): Promise<void> {
    this.#client?.removeAllListeners('close');
    await this.#client?.endAsync(true);
  }

  /** Resolves with the PUBACK. */
  async #publish(payload: Uint8Array): Promise<void> {
    await this.#client?.publishAsync(this.#name, Buffer.from(payload), { qos: 1 });
  }
}
