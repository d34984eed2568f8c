/**
 * A device that has no WebSocket: it asks for its commands, and answers them by requests of their own, on another connection
 * where the first is waiting.
 */
import type { IncomingMessage } from 'node:http';
import { systemClock, WeirError } from '@weir/runtime';
import { GREETING, type Assignment } from '../assignment.js';
import { EventStream } from '../display/event-stream.js';
import type { ReceiverNotes } from '../receiver.js';
import { ReadingsFrames } from '../uplink/readings-frames.js';
import { DeviceRequests } from './device-requests.js';
import { Replies, type CommandReply } from './replies.js';

interface HttpCommand {
  readonly id: string;
  readonly value: unknown;
}

/** The hub waits so long for a command to answer with. */
const WAIT = '30s';
const JSON_BODY = { 'content-type': 'application/json' };

export class HttpDevice {
  readonly #number: number;
  readonly #name: string;
  readonly #path: string;
  readonly #notes: ReceiverNotes;
  readonly #requests: DeviceRequests;
  readonly #replies: Replies;
  /** Id of the last command that came: with it in the next request none is lost, and none comes twice. */
  #last = '';
  #closed = false;

  constructor(number: number, { plan, server, prefix }: Assignment, notes: ReceiverNotes) {
    this.#number = number;
    this.#name = `${prefix}${number}`;
    this.#path = `/api/v1/devices/${this.#name}`;
    this.#notes = notes;
    this.#requests = new DeviceRequests(server, plan.scenario.method !== 'poll-new');
    this.#replies = new Replies((replies) => this.#reply(replies), this.failed);
  }

  readonly failed = (error: Error): void => {
    if (!this.#closed) this.#notes.failed(error);
  };

  /** Hands in a reading, by which the hub knows the device, and asks for the first time. */
  async greet(): Promise<void> {
    const frames = new ReadingsFrames(this.#name);
    const greeting = frames.readings([{ takenUs: systemClock.monotonicUs(), value: GREETING }]);
    const body = Buffer.concat([frames.hello(), frames.describe(), greeting]);
    const headers = { 'content-type': 'application/cbor' };
    await this.#requests.json({ path: '/api/v1/readings', headers, body });
    await this.ask();
  }

  /** Asks once, for what there is now; with `wait` the hub answers when there is something. */
  async ask(wait?: string): Promise<void> {
    const query = new URLSearchParams({
      ...(wait === undefined ? {} : { wait }),
      ...(this.#last === '' ? {} : { after: this.#last }),
    });
    const path = `${this.#path}/commands${query.size === 0 ? '' : `?${query.toString()}`}`;
    const { commands } = (await this.#requests.json({ path })) as { readonly commands: HttpCommand[] };
    this.#take(commands);
  }

  /** Long polling: the next request leaves when an answer has come. */
  follow(): void {
    const next = async (): Promise<void> => {
      while (!this.#closed) await this.ask(WAIT);
    };
    next().catch(this.failed);
  }

  /** Server-sent events: resolves when the hub has begun with them. */
  async listen(): Promise<void> {
    const headers = { accept: 'text/event-stream' };
    const response = await this.#requests.open({ path: `${this.#path}/commands`, headers });
    this.#hear(response);
  }

  close(): void {
    this.#closed = true;
    this.#requests.close();
  }

  #hear(response: IncomingMessage): void {
    const stream = new EventStream();
    response.setEncoding('utf8');
    response.on('data', (chunk: string) =>
      this.#take(stream.take(chunk).map((data) => JSON.parse(data) as HttpCommand)),
    );
    const ended = (): void => this.failed(new WeirError('bench.refused', 'the hub ended the events'));
    response.once('end', ended);
    response.once('error', ended);
  }

  #take(commands: readonly HttpCommand[]): void {
    if (commands.length === 0) return;
    for (const { id, value } of commands) {
      this.#notes.saw(this.#number, Number(value));
      this.#last = id;
    }
    this.#replies.add(commands.map(({ id }) => id));
  }

  async #reply(replies: readonly CommandReply[]): Promise<void> {
    const body = JSON.stringify(replies.length === 1 ? replies[0] : replies);
    await this.#requests.json({ path: `${this.#path}/replies`, headers: JSON_BODY, body });
  }
}
