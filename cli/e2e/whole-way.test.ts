/** A reading's whole way, every part real: serial line, agent, hub, DuckDB, InfluxDB, bridge, mosquitto. */
import { join } from 'node:path';
import { createWriteStream } from 'node:fs';
import { bridgeConfigSchema, startBridge } from '@weir/bridge';
import { agentConfigSchema, startAgent, type Agent } from '@weir/device-agent';
import { checkConfig } from '@weir/runtime';
import {
  available,
  freePort,
  ptyPair,
  startInflux1Proxy,
  startInfluxd,
  startMosquitto,
  temporaryFolder,
  waitFor,
  type PtyPair,
} from '@weir/testing';
import { connectAsync } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readingsOf, testHub, type TestHub } from './hub.testing.js';

const canRun = available('socat') && available('influxd') && available('mosquitto');

async function line(): Promise<PtyPair> {
  const pair = await ptyPair();
  onTestFinished(() => pair.stop());
  return pair;
}

/** Writes lines as a microcontroller would, a few milliseconds apart. */
async function write(pair: PtyPair, lines: readonly string[]): Promise<void> {
  const port = createWriteStream(pair.controller);
  for (const each of lines) {
    port.write(`${each}\n`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  await new Promise((resolve) => port.end(resolve));
}

async function agentOn(hub: TestHub, sources: readonly unknown[]): Promise<Agent> {
  const config = checkConfig(agentConfigSchema, {
    device: 'pi',
    hub: hub.hub.url,
    token: hub.hub.token,
    spool: { dir: join(await temporaryFolder(), 'spool') },
    sources,
  });
  const agent = await startAgent(config);
  onTestFinished(() => agent.close());
  return agent;
}

const serial = (name: string, pair: PtyPair): unknown => ({
  type: 'serial',
  name,
  path: pair.device,
  retry_max_ms: 200,
  format: { type: 'json' },
  channels: { temperature: { unit: 'Cel' } },
});

interface Series {
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
}

async function influxQuery(url: string, query: string): Promise<Series | null> {
  const response = await fetch(
    `${url}/query?${new URLSearchParams({ db: 'weir', q: query, epoch: 'u' }).toString()}`,
    { method: 'POST' },
  );
  const body = (await response.json()) as { results: { series?: Series[] }[] };
  return body.results[0]?.series?.[0] ?? null;
}

describe.skipIf(!canRun)('the whole way', () => {
  it('brings every value and time from the line to both stores and to MQTT, once', async () => {
    const [influxd, mosquitto, pair] = [await startInfluxd(), await startMosquitto(), await line()];
    const proxy = await startInflux1Proxy(influxd.url);
    onTestFinished(async () => {
      await proxy.close();
      await influxd.stop();
      await mosquitto.stop();
    });
    await influxQuery(influxd.url, 'CREATE DATABASE weir');
    const hub = await testHub({
      stores: { influx: { url: proxy.url, token: 'any', org: 'weir', bucket: 'weir' } },
    });
    const subscriber = await connectAsync(mosquitto.url);
    onTestFinished(() => subscriber.endAsync(true));
    const messages: { value: number; time_us: number; unit: string }[] = [];
    subscriber.on('message', (_topic, payload) =>
      messages.push(JSON.parse(payload.toString()) as (typeof messages)[0]),
    );
    await subscriber.subscribeAsync('weir/pi/board/temperature', { qos: 1 });
    const bridge = await startBridge(
      checkConfig(bridgeConfigSchema, {
        hub: hub.hub.url,
        token: hub.hub.token,
        broker: mosquitto.url,
        cursor_file: join(await temporaryFolder(), 'cursor'),
      }),
    );
    onTestFinished(() => bridge.close());
    const agent = await agentOn(hub, [serial('board', pair)]);
    await waitFor(() => agent.stats().connected, { what: 'the agent to connect' });
    await waitFor(() => agent.stats().readings_acked > 0, { what: 'the port state to arrive' });

    const values = Array.from({ length: 300 }, (_, i) => 20 + i / 100);
    await write(
      pair,
      values.map((temperature) => JSON.stringify({ temperature })),
    );
    await waitFor(() => agent.stats().readings_recorded >= values.length + 1, {
      what: 'the lines to be read',
    });
    await agent.drained();
    await hub.stored();

    const stored = await readingsOf(hub, 'pi', 'board/temperature');
    expect(stored.values).toEqual(values);
    expect(stored.timesUs).toEqual(stored.timesUs.toSorted((a, b) => a - b));
    const influx = await influxQuery(
      influxd.url,
      `SELECT "value" FROM "temperature" WHERE "device" = 'pi' AND "unit" = 'Cel'`,
    );
    expect(influx?.values).toEqual(values.map((value, i) => [stored.timesUs[i], value]));
    await waitFor(() => messages.length >= values.length, { what: 'the messages' });
    expect(messages.map(({ value }) => value)).toEqual(values);
    expect(messages.map(({ time_us }) => time_us)).toEqual(stored.timesUs);
    expect(messages[0]?.unit).toBe('Cel');
  });

  it('goes on reading one port while the other is unplugged, and resumes when it is back', async () => {
    const [steady, loose, hub] = [await line(), await line(), await testHub()];
    const agent = await agentOn(hub, [serial('steady', steady), serial('loose', loose)]);
    const portState = async (): Promise<unknown> => {
      await hub.stored();
      return (await readingsOf(hub, 'pi', 'loose/port')).values.at(-1);
    };
    const count = async (source: string): Promise<number> => {
      await agent.drained();
      await hub.stored();
      return (await readingsOf(hub, 'pi', `${source}/temperature`)).values.length;
    };
    await waitFor(() => agent.stats().readings_acked >= 2, { what: 'both ports to open' });
    await write(loose, ['{"temperature":1}']);
    await waitFor(async () => (await count('loose').catch(() => 0)) === 1, { what: 'the first reading' });

    await loose.unplug();
    await waitFor(async () => /^(closed|waiting)/.test(String(await portState())), {
      what: 'the unplugged port to be told',
    });
    await write(steady, ['{"temperature":2}', '{"temperature":3}']);
    await waitFor(async () => (await count('steady').catch(() => 0)) === 2, {
      what: 'readings of the other port',
    });

    await loose.plug();
    await waitFor(async () => (await portState()) === 'open', { what: 'the port to be open again' });
    await write(loose, ['{"temperature":4}']);
    await waitFor(async () => (await count('loose')) === 2, { what: 'a reading after replugging' });
  });

  it('acknowledges while InfluxDB is dead, and delivers from its cursor when it is back', async () => {
    const port = await freePort();
    const pair = await line();
    const proxyTarget = `http://127.0.0.1:${port}`;
    const proxy = await startInflux1Proxy(proxyTarget);
    onTestFinished(() => proxy.close());
    const hub = await testHub({
      stores: { influx: { url: proxy.url, token: 'any', org: 'weir', bucket: 'weir' } },
    });
    const agent = await agentOn(hub, [serial('board', pair)]);
    await waitFor(() => agent.stats().readings_acked > 0, { what: 'the port state to arrive' });
    await write(pair, ['{"temperature":1}', '{"temperature":2}', '{"temperature":3}']);
    await waitFor(() => agent.stats().readings_recorded >= 4, { what: 'the lines to be read' });
    await agent.drained();
    const waiting = await waitFor(
      async () =>
        (await hub.client.stats()).sinks.find(({ name, state }) => name === 'influx' && state === 'waiting'),
      { what: 'the sink to say that it waits' },
    );
    expect(waiting.error).toMatch(/\S/);

    const influxd = await startInfluxd({ port });
    onTestFinished(() => influxd.stop());
    await influxQuery(influxd.url, 'CREATE DATABASE weir');
    await hub.stored();
    const series = await influxQuery(influxd.url, 'SELECT "value" FROM "temperature"');
    expect(series?.values.map(([, value]) => value)).toEqual([1, 2, 3]);
  });
});
