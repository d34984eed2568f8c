/** Live subscriptions over real WebSockets, from a real log, through the real worker. */
import { waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { EPOCH, startTestHub, WireDevice } from './hub.testing.js';
import type { Hub } from './main.js';

interface Message {
  readonly type: string;
  readonly cursor?: string;
  readonly reason?: string;
  readonly batches?: { device: string; channel: string; seq: number; values: unknown[] }[];
  readonly device?: { device: string; state: string };
  readonly spans?: { readings: number }[];
}

class Subscriber {
  readonly messages: Message[] = [];
  readonly socket: WebSocket;
  code: number | null = null;
  characters = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      this.characters += data.length;
      this.messages.push(JSON.parse(data.toString()) as Message);
    });
    socket.on('close', (code) => (this.code = code));
    socket.on('error', () => undefined);
  }

  static async open(hub: Hub, query = ''): Promise<Subscriber> {
    const url = `${hub.url.replace('http', 'ws')}/api/v1/stream${query}`;
    const socket = new WebSocket(url, ['weir.stream.v1', `bearer.${hub.token}`]);
    onTestFinished(() => socket.terminate());
    const subscriber = new Subscriber(socket);
    await waitFor(() => socket.readyState === socket.OPEN, { what: 'an open stream' });
    return subscriber;
  }

  get seqs(): number[] {
    return this.messages.flatMap(({ batches = [] }) => batches.map(({ seq }) => seq));
  }

  get cursor(): string {
    return this.messages.filter(({ cursor }) => cursor !== undefined).at(-1)?.cursor ?? '';
  }

  states(device: string): string[] {
    return this.messages.flatMap((each) => (each.device?.device === device ? [each.device.state] : []));
  }

  async has(seqs: number[]): Promise<void> {
    await waitFor(() => this.seqs.length >= seqs.length, { what: `readings ${seqs.join(', ')}` });
    expect(this.seqs).toEqual(seqs);
  }
}

describe('a live subscription', () => {
  it('gets what is new, and the state of each device as it changes', async () => {
    const hub = await startTestHub();
    const device = await WireDevice.open(hub);
    device.describe(1);
    device.readings(2);
    await device.acked(2);
    const subscriber = await Subscriber.open(hub);
    await waitFor(() => subscriber.messages.some(({ type }) => type === 'caught_up'));
    expect(subscriber.states('pi-1')).toEqual(['online']);
    device.readings(3, [7]);
    await subscriber.has([3]);
    expect(subscriber.messages.find(({ type }) => type === 'readings')?.batches).toMatchObject([
      {
        device: 'pi-1',
        channel: 'boiler/temperature',
        kind: 'number',
        unit: 'Cel',
        values: [7],
        clock: 'bounded',
      },
    ]);
    device.socket.terminate();
    await waitFor(() => subscriber.states('pi-1').at(-1) === 'offline');
  });

  it('goes on from its cursor after a break, without a gap and without a repetition', async () => {
    const hub = await startTestHub();
    const device = await WireDevice.open(hub);
    device.describe(1);
    for (let seq = 2; seq <= 10; seq++) device.readings(seq);
    const first = await Subscriber.open(hub, '?from=start');
    await first.has([2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const { cursor } = first;
    first.socket.terminate();
    for (let seq = 11; seq <= 20; seq++) device.readings(seq);
    await device.acked(20);
    const second = await Subscriber.open(hub, `?from=${cursor}`);
    await second.has([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  });

  it('gets only what it asked for', async () => {
    const hub = await startTestHub();
    const [one, two] = [await WireDevice.open(hub), await WireDevice.open(hub, { device: 'pi-2' })];
    one.describe(1);
    two.describe(1, 'tank/level');
    const subscriber = await Subscriber.open(hub, '?from=start&device=pi-2&channel=tank/*');
    const all = await Subscriber.open(hub, '?from=start&name=everything');
    for (let seq = 2; seq <= 5; seq++) one.readings(seq);
    two.readings(9);
    await waitFor(() => all.seqs.length === 5);
    await subscriber.has([9]);
    expect(subscriber.states('pi-1')).toEqual([]);
    expect(
      hub
        .stats()
        .streams.map(({ name }) => name)
        .sort(),
    ).toEqual(['', 'everything']);
  });

  it('does not hear of others that are slow', async () => {
    const hub = await startTestHub({ limits: { subscriber_bytes: 20_000 } });
    const device = await WireDevice.open(hub);
    device.describe(1);
    const slow = await Subscriber.open(hub, '?from=start&name=slow');
    slow.socket.pause();
    const quick = await Subscriber.open(hub, '?from=start&name=quick');
    const values = Array.from({ length: 2_000 }, (_, i) => i / 7);
    const last = 150;
    for (let seq = 2; seq <= last; seq++) {
      device.readings(seq, values);
      if (seq % 100 === 0) await device.acked(seq);
    }
    await waitFor(() => quick.seqs.length === last - 1, { what: 'all readings at the quick one' });
    const lag = (name: string): number =>
      hub.stats().streams.find((each) => each.name === name)?.lag_bytes ?? 0;
    await waitFor(() => lag('quick') === 0);
    expect(lag('slow')).toBeGreaterThan(0);
    slow.socket.resume();
    await waitFor(() => slow.seqs.length === last - 1, { what: 'all readings at the slow one' });
    expect(slow.seqs).toEqual(quick.seqs);
  });

  it('with a cursor of another log gets this one from its start, and is told', async () => {
    const hub = await startTestHub();
    const device = await WireDevice.open(hub);
    device.describe(1);
    device.readings(2);
    await device.acked(2);
    const subscriber = await Subscriber.open(hub, '?from=999999999');
    await subscriber.has([2]);
    expect(subscriber.messages.find(({ type }) => type === 'skipped')?.reason).toMatch(/beyond the end/);
  });

  it('is ended with 1012 when the hub stops', async () => {
    const hub = await startTestHub();
    const subscriber = await Subscriber.open(hub);
    await hub.close();
    await waitFor(() => subscriber.code !== null);
    expect(subscriber.code).toBe(1012);
  });

  it('has nothing to say, and is cut off when it says much', async () => {
    const hub = await startTestHub();
    const subscriber = await Subscriber.open(hub);
    subscriber.socket.send('x'.repeat(5000));
    await waitFor(() => subscriber.code !== null);
    expect(subscriber.code).toBe(1009);
  });

  it('costs a live subscriber few words for a flood of old readings, and brings it the new ones', async () => {
    const hub = await startTestHub();
    const nowUs = Date.now() * 1e3;
    const anchor = { monotonicUs: 3_605e6, utcUs: nowUs, uncertaintyUs: 500 };
    const device = await WireDevice.open(hub, {
      hello: { epochs: [{ epoch: EPOCH, held: [1, 201], anchor, deviceUtcUs: null }], monotonicUs: 3_605e6 },
    });
    device.describe(1);
    await device.acked(1);
    const live = await Subscriber.open(hub, '?mode=live');
    const all = await Subscriber.open(hub, '?mode=all');
    // Each frame is an hour old; the last one is of now.
    const values = Array.from({ length: 1_000 }, (_, i) => 20 + (i % 50) / 100);
    for (let seq = 2; seq <= 201; seq++) {
      const times = values.map((_, i) => 1e6 + seq * 1_000 + i);
      const anchored = { type: 'readings', epoch: 0, seq, columns: [{ channel: 0, times, values }] } as const;
      device.send(anchored);
      if (seq % 100 === 0) await device.acked(seq);
    }
    device.send({
      ...{ type: 'readings', epoch: 0, seq: 202 },
      columns: [{ channel: 0, times: [3_605e6], values: [99] }],
    });
    await device.acked(202);
    await waitFor(() => all.seqs.includes(202) && live.seqs.includes(202));
    expect(all.seqs).toHaveLength(201);
    expect(live.seqs).toEqual([202]);
    const told = live.messages.flatMap(({ spans = [] }) => spans.map(({ readings }) => readings));
    expect(told.reduce((sum, readings) => sum + readings, 0)).toBe(200_000);
    expect(live.characters).toBeLessThan(all.characters / 50);
  });
});
