/** A real hub on a free loopback port, and a device's end of the wire over a real WebSocket, for tests. */
import { decodeFrame, encodeFrame, SUBPROTOCOL, type Frame, type Hello, type HubFrame } from '@weir/protocol';
import { temporaryFolder, waitFor } from '@weir/testing';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { hubConfigSchema, type HubConfigInput } from './config.js';
import type { Surroundings } from './core.js';
import { startHub, type Hub } from './main.js';

export const EPOCH = 2 ** 40;

/** Starts a hub without stores, in a folder of its own unless `data_dir` is given. Closed when the test ends. */
export async function startTestHub(
  input: HubConfigInput = {},
  deps: Partial<Surroundings> = {},
): Promise<Hub & { dataDir: string }> {
  const dataDir = input.data_dir ?? (await temporaryFolder());
  const config = hubConfigSchema.parse({
    stores: { duckdb: { enabled: false } },
    vitals: { interval: 0 },
    ...input,
    listen: { port: 0, ...input.listen },
    data_dir: dataDir,
  });
  const hub = await startHub(config, deps);
  onTestFinished(() => hub.close());
  return { ...hub, dataDir };
}

/** Where a hub is, and its admin token. */
export type Address = Pick<Hub, 'url' | 'token'>;

export interface WireOptions {
  readonly token?: string;
  readonly device?: string;
  /** Behind the address, such as `?device=pi-1`. */
  readonly query?: string;
}

/** A device written from docs/protocol.md alone. */
export class WireDevice {
  readonly frames: HubFrame[] = [];
  readonly socket: WebSocket;
  close: { code: number; reason: string } | null = null;
  readonly device: string;

  private constructor(socket: WebSocket, device: string) {
    this.socket = socket;
    this.device = device;
    socket.on('message', (data) => this.frames.push(decodeFrame(data as Buffer) as HubFrame));
    socket.on('close', (code, reason) => (this.close = { code, reason: reason.toString() }));
    socket.on('error', () => undefined);
  }

  /** Connects; rejects with the status where the hub refuses the upgrade. */
  static async connect(
    hub: Address,
    { token = hub.token, device = 'pi-1', query = '' }: WireOptions = {},
  ): Promise<WireDevice> {
    const url = `${hub.url.replace('http', 'ws')}/api/v1/connect${query}`;
    const socket = new WebSocket(url, [SUBPROTOCOL], {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    });
    onTestFinished(() => socket.terminate());
    const peer = new WireDevice(socket, device);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return peer;
  }

  /** Connects, says hello and waits for the welcome. */
  static async open(
    hub: Address,
    options: WireOptions & { hello?: Partial<Hello> } = {},
  ): Promise<WireDevice> {
    const peer = await WireDevice.connect(hub, options);
    peer.hello(options.hello);
    await peer.got('welcome');
    return peer;
  }

  send(frame: Frame): void {
    this.socket.send(encodeFrame(frame));
  }

  hello(more: Partial<Hello> = {}): void {
    const epochs = [{ epoch: EPOCH, held: [1, 1_000] as const, anchor: null, deviceUtcUs: null }];
    this.send({
      type: 'hello',
      version: 1,
      device: this.device,
      agent: 'test/1',
      monotonicUs: 5e6,
      epochs,
      ...more,
    });
  }

  describe(seq: number, channel = 'boiler/temperature', epoch = 0, index = 0): void {
    const type = 'number';
    this.send({
      type: 'describe',
      epoch,
      seq,
      channels: [{ index, name: channel, type, unit: 'Cel', intervalMs: 1000 }],
    });
  }

  readings(seq: number, values: readonly number[] = [21.57], epoch = 0, channel = 0): void {
    const times = values.map((_, i) => 5e6 + seq * 1000 + i);
    this.send({ type: 'readings', epoch, seq, columns: [{ channel, times, values: [...values] }] });
  }

  of<T extends HubFrame['type']>(type: T): Extract<HubFrame, { type: T }>[] {
    return this.frames.filter((frame): frame is Extract<HubFrame, { type: T }> => frame.type === type);
  }

  /** The first frame of a type, when it has come. */
  got<T extends HubFrame['type']>(type: T): Promise<Extract<HubFrame, { type: T }>> {
    return waitFor(() => this.of(type)[0], { what: `a ${type} frame` });
  }

  /** Waits until every sequence up to `last` of epoch 0 is acknowledged. */
  async acked(last: number): Promise<void> {
    const has = (seq: number): boolean =>
      this.of('ack').some(({ stored }) => stored.some(({ range }) => range[0] <= seq && range[1] >= seq));
    await waitFor(() => has(last), { what: `the ack of ${last}` });
  }

  async closed(): Promise<{ code: number; reason: string }> {
    return waitFor(() => this.close, { what: 'the end of the connection' });
  }

  /** Is the connection still served? */
  async alive(sentUs: number): Promise<void> {
    this.send({ type: 'probe', sentUs, anchor: null });
    await waitFor(() => this.of('probeReply').some((reply) => reply.sentUs === sentUs), {
      what: 'a probe reply',
    });
  }
}

/** A request with the admin token, and its answer parsed. */
export async function request(
  hub: Hub,
  path: string,
  init: {
    method?: string;
    body?: string | Uint8Array;
    headers?: Record<string, string>;
    token?: string;
  } = {},
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const { token = hub.token, body, method = body === undefined ? 'GET' : 'POST' } = init;
  const headers = { authorization: `Bearer ${token}`, ...init.headers };
  const response = await fetch(hub.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : { text };
  return { status: response.status, headers: response.headers, body: parsed as Record<string, unknown> };
}
