/**
 * A hub with everything on, under attack, and a witness that has nothing to do with it: a device that goes on sending,
 * a subscriber that goes on reading, a store that goes on storing.
 */
import { SUBPROTOCOL } from '@weir/protocol';
import { silentLogger, type Logger } from '@weir/runtime';
import { waitFor } from '@weir/testing';
import { expect, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { HubConfigInput } from '../config.js';
import { request, startTestHub, WireDevice } from '../hub.testing.js';
import type { Hub } from '../main.js';

const WITNESS = 'witness';
const CHANNEL = 'boiler/temperature';

interface StreamText {
  readonly type: string;
  readonly batches?: readonly { readonly times_us: number[]; readonly values: unknown[] }[];
}

export interface FuzzedHub extends Hub {
  readonly dataDir: string;
  /** Is everything as it should be, whatever was sent? Expects so; in bounded time. */
  sound(): Promise<void>;
}

export async function startFuzzedHub(input: HubConfigInput = {}): Promise<FuzzedHub> {
  const faults: string[] = [];
  const error = (fields: { err?: Error }, message: string): void =>
    void faults.push(`${message}: ${fields.err?.stack ?? ''}`);
  const logger = Object.create(silentLogger, { error: { value: error } }) as Logger;
  const hub = await startTestHub({ stores: { duckdb: { max_delay: '20ms' } }, ...input }, { logger });
  const witness = await WireDevice.open(hub, { device: WITNESS });
  witness.describe(1, CHANNEL);
  follow(hub, faults);
  let sent = 1;
  const sound = async (): Promise<void> => {
    witness.readings(++sent, [sent]);
    await witness.acked(sent);
    const { log, sinks } = await waitFor(
      () => {
        const stats = hub.stats();
        const behind = stats.sinks.some(({ state, cursor }) => state === 'running' && cursor < stats.log.end);
        return behind ? null : stats;
      },
      { what: 'the store to have all' },
    );
    expect(log).toMatchObject({ state: 'ok', error: null, problems: [] });
    for (const sink of sinks)
      expect(sink).toMatchObject({ state: 'running', error: null, quarantined: 0, skipped: [] });
    expect(faults).toEqual([]);
    const { body } = await request(hub, `/api/v1/readings?device=${WITNESS}&channel=${CHANNEL}&limit=1000`);
    expect(body.values).toEqual(Array.from({ length: sent - 1 }, (_, i) => i + 2));
  };
  await sound();
  return { ...hub, sound };
}

/** Reads the live stream and notes what is wrong with it. */
function follow(hub: Hub, faults: string[]): void {
  const url = `${hub.url.replace('http', 'ws')}/api/v1/stream?from=start`;
  const headers = { authorization: `Bearer ${hub.token}` };
  const socket = new WebSocket(url, ['weir.stream.v1'], { headers });
  onTestFinished(() => socket.terminate());
  socket.on('error', (error) => faults.push(error.message));
  socket.on('message', (data: Buffer) => {
    try {
      const { batches = [] } = JSON.parse(data.toString()) as StreamText;
      for (const { times_us: times, values } of batches)
        if (times.length !== values.length || !times.every(Number.isFinite) || values.includes(null))
          faults.push(data.toString().slice(0, 200));
    } catch (error) {
      faults.push(`${String(error)}: ${data.toString().slice(0, 200)}`);
    }
  });
}

/** What an answer must be, whatever was asked: carried out, or refused with a reason, and never a fault of the hub's own. */
export function expectAnswer(status: number, text: string): void {
  expect(status, text).not.toBe(500);
  if (status < 400) return;
  const { error } = JSON.parse(text) as { error: { code: string; message: string } };
  expect(error.code).toMatch(/^[a-zA-Z_.]+$/);
  expect(error.message.length).toBeGreaterThan(0);
  expect(error.message.length).toBeLessThan(1_000);
}

/** An upgrade request for a device's connection, up to its empty line. */
export function upgradeRequest(hub: Hub): string {
  return [
    'GET /api/v1/connect HTTP/1.1',
    'Host: hub',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    `Sec-WebSocket-Protocol: ${SUBPROTOCOL}`,
    `Authorization: Bearer ${hub.token}`,
    '\r\n',
  ].join('\r\n');
}
