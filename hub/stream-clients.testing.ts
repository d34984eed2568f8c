/** Readers of /api/v1/stream without WebSocket, over real HTTP: server-sent events and polls. */
import { get, type Agent, type IncomingMessage } from 'node:http';
import { waitFor } from '@weir/testing';
import { onTestFinished } from 'vitest';
import { request, type Address } from './hub.testing.js';

export interface Message {
  readonly type: string;
  readonly cursor?: string;
  readonly reason?: string;
  readonly batches?: { device: string; channel: string; seq: number; values: unknown[] }[];
  readonly device?: { device: string; state: string };
}

export interface ServerEvent {
  readonly event: string;
  readonly id: string | null;
  readonly data: Message;
}

export function seqsOf(messages: readonly Message[]): number[] {
  return messages.flatMap(({ batches = [] }) => batches.map(({ seq }) => seq));
}

/** Sequences from `first` to `last`. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** A GET of the stream as it comes in. */
export function open(
  hub: Address,
  query: string,
  headers: Record<string, string>,
  agent?: Agent,
): Promise<IncomingMessage> {
  const authorization = `Bearer ${hub.token}`;
  const url = `${hub.url}/api/v1/stream${query}`;
  return new Promise((resolve, reject) => {
    const options = { headers: { authorization, ...headers }, ...(agent === undefined ? {} : { agent }) };
    const sent = get(url, options, resolve);
    sent.on('error', reject);
    onTestFinished(() => void sent.destroy());
  });
}

/** An event stream, read as the HTML standard has it. */
export class EventReader {
  readonly events: ServerEvent[] = [];
  readonly response: IncomingMessage;
  comments = 0;
  retryMs: number | null = null;
  lastEventId = '';
  ended: 'cleanly' | 'broken' | null = null;
  #rest = '';

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    response.on('end', () => (this.ended = 'cleanly'));
    response.on('error', () => (this.ended ??= 'broken'));
  }

  static async open(hub: Address, query = '', headers: Record<string, string> = {}): Promise<EventReader> {
    const reader = new EventReader(await open(hub, query, { accept: 'text/event-stream', ...headers }));
    await waitFor(() => reader.lastEventId !== '' || reader.response.statusCode !== 200);
    return reader;
  }

  get messages(): Message[] {
    return this.events.map(({ data }) => data);
  }

  get seqs(): number[] {
    return seqsOf(this.messages);
  }

  #take(text: string): void {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) this.#block(block.split('\n'));
  }

  #block(lines: readonly string[]): void {
    const fields = new Map(lines.map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
    if (fields.has('')) this.comments++;
    this.retryMs = Number(fields.get('retry') ?? this.retryMs ?? 0);
    this.lastEventId = fields.get('id') ?? this.lastEventId;
    const [event, data] = [fields.get('event'), fields.get('data')];
    if (event === undefined || data === undefined) return;
    this.events.push({ event, id: fields.get('id') ?? null, data: JSON.parse(data) as Message });
  }
}

export interface Poll {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly cursor: string;
  readonly caughtUp: boolean;
  readonly messages: Message[];
}

export async function poll(
  hub: Parameters<typeof request>[0],
  query: string,
  headers: Record<string, string> = {},
): Promise<Poll> {
  const answer = await request(hub, `/api/v1/stream${query}`, { headers });
  const { cursor, caught_up: caughtUp, messages } = answer.body as unknown as Poll & { caught_up: boolean };
  const retryAfter = answer.headers.get('retry-after');
  return { status: answer.status, retryAfter, cursor, caughtUp, messages };
}
