/**
 * After an outage: a real agent with a million readings in its spool, a real hub, a real subscriber. New readings do not
 * wait for the old ones. Nothing here looks at a clock: what counts is how much of the backlog is still to come.
 */
import { createDevice, type Device } from '@weir/device-agent';
import { hubConfigSchema, startHub, type Hub } from '@weir/hub';
import { systemClock } from '@weir/runtime';
import { temporaryFolder, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

const READINGS = 1_000_000;
const PER_FRAME = 250;
const FRAMES = READINGS / PER_FRAME;
const NOWHERE = 'ws://127.0.0.1:1';

async function device(name: string, dir: string, hub: Pick<Hub, 'url' | 'token'> | null): Promise<Device> {
  const made = await createDevice({
    device: name,
    hub: hub?.url.replace('http', 'ws') ?? NOWHERE,
    token: hub?.token ?? 'none',
    spool: { dir, commitDelayMs: 0, memoryBytes: 64 * 2 ** 20 },
    batch: { maxDelayMs: 5, maxReadings: PER_FRAME },
  });
  onTestFinished(() => made.close());
  return made;
}

/** Reads a million values without a hub, a millisecond apart, and ends with all of them on disk. */
async function liveThroughOutage(dir: string): Promise<void> {
  const offline = await device('pi-1', dir, null);
  const out = offline.output('old');
  const startUs = systemClock.monotonicUs() - READINGS * 1000;
  for (let i = 0; i < READINGS; i++) {
    out.reading('temperature', i, startUs + i * 1000, { unit: 'Cel' });
    if (i % 20_000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await offline.close();
}

/** Hears of live readings, in the order of their values. */
class Subscriber {
  readonly #waiting = new Map<number, () => void>();

  static async open(hub: Hub): Promise<Subscriber> {
    const subscriber = new Subscriber();
    const url = `${hub.url.replace('http', 'ws')}/api/v1/stream?channel=new/*`;
    const socket = new WebSocket(url, ['weir.stream.v1', `bearer.${hub.token}`]);
    onTestFinished(() => socket.terminate());
    socket.on('message', (data: Buffer) => subscriber.#take(data.toString()));
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return subscriber;
  }

  heard(value: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(value, resolve));
  }

  #take(text: string): void {
    const { batches = [] } = JSON.parse(text) as { batches?: { values: number[] }[] };
    for (const value of batches.flatMap(({ values }) => values)) this.#waiting.get(value)?.();
  }
}

async function startRealHub(): Promise<Hub> {
  const config = hubConfigSchema.parse({ listen: { port: 0 }, data_dir: await temporaryFolder() });
  const hub = await startHub(config);
  onTestFinished(() => hub.close());
  return hub;
}

/** Resolves when the device may send readings. Those taken before are part of its backlog. */
function streaming(pi: Device): Promise<void> {
  return new Promise((resolve) => pi.onState((state) => state === 'streaming' && resolve()));
}

/** Takes one reading after the other, each when the one before was seen. How much of the backlog was held each time. */
async function liveReadings(pi: Device, subscriber: Subscriber): Promise<number[]> {
  const out = pi.output('new');
  await streaming(pi);
  const held: number[] = [];
  for (let value = 0; value < 5 || pi.stats().backlog_frames > 10; value++) {
    const heard = subscriber.heard(value);
    out.reading('temperature', value, systemClock.monotonicUs(), { unit: 'Cel' });
    await heard;
    held.push(pi.stats().backlog_frames);
  }
  return held;
}

/** The same for a device without a backlog, and its acknowledgements, until told to stop. */
async function ackedReadings(pi: Device, over: () => boolean): Promise<number> {
  const out = pi.output('other');
  for (let value = 0; ; value++) {
    if (over()) return value;
    const acked = new Promise<void>((resolve) => {
      const stop = pi.onAck(() => {
        stop();
        resolve();
      });
    });
    out.reading('temperature', value, systemClock.monotonicUs(), { unit: 'Cel' });
    await acked;
  }
}

async function stored(hub: Hub): Promise<{ readings: number }> {
  const headers = { authorization: `Bearer ${hub.token}` };
  const answer = await fetch(`${hub.url}/api/v1/readings/count?device=pi-1`, { headers });
  return (await answer.json()) as { readings: number };
}

describe('a backlog of a million readings', () => {
  it('holds up neither new readings nor another device, and arrives once', { timeout: 180_000 }, async () => {
    const dir = await temporaryFolder();
    await liveThroughOutage(dir);
    const hub = await startRealHub();
    const subscriber = await Subscriber.open(hub);
    const other = await device('pi-2', await temporaryFolder(), hub);
    const pi = await device('pi-1', dir, hub);
    expect(pi.stats().backlog_frames).toBeGreaterThanOrEqual(FRAMES);
    const halfSent = (): boolean => pi.stats().backlog_frames < FRAMES / 2;
    const [held, acked] = await Promise.all([liveReadings(pi, subscriber), ackedReadings(other, halfSent)]);
    // The first is seen while most of the backlog is still to come, and so are many others.
    expect(held[0]).toBeGreaterThan(FRAMES / 2);
    expect(held.filter((frames) => frames > FRAMES / 2).length).toBeGreaterThanOrEqual(5);
    expect(acked).toBeGreaterThanOrEqual(5);
    await pi.drained();
    const readings = READINGS + held.length;
    await waitFor(async () => (await stored(hub)).readings >= readings, { timeoutMs: 60_000, everyMs: 500 });
    expect(await stored(hub)).toEqual({ readings, distinct: readings, epochs: 2 });
  });
});
