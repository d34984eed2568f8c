import { Log } from '@weir/log';
import { available, startInfluxd, temporaryFolder, waitFor } from '@weir/testing';
import { silentLogger } from '@weir/runtime';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SinkWorker } from '../sink-worker.js';
import { influxOptions } from '../test/influx-options.js';
import { startInflux1Proxy } from '../test/influx1-proxy.js';
import { influxql, readInflux1 } from '../test/read-stores.js';
import { runCrashChild } from '../test/run-crash-child.js';
import { SampleLog, sampleSeries, SERIES, TEMPERATURE, type ExpectedReading } from '../test/sample-log.js';
import type { StoredReading } from '../test/sink-contract.js';
import { InfluxSink } from './influx-sink.js';

async function sampleLog(): Promise<SampleLog> {
  const sample = await SampleLog.open(`${await temporaryFolder()}/log`);
  onTestFinished(() => sample.close());
  return sample;
}

function opened(url: string, dir: string, changes = {}): InfluxSink {
  const sink = new InfluxSink(influxOptions(url, dir, changes));
  onTestFinished(() => sink.close());
  return sink;
}

async function writeAll(sink: InfluxSink, sample: SampleLog, readings?: number): Promise<void> {
  for (const batch of await sample.batches(await sink.open(), readings)) await sink.write(batch);
}

interface Quarantined {
  readonly status: number;
  readonly reason: string;
  readonly line: string;
  readonly device: string;
  readonly channel: string;
  readonly seq: number;
  readonly index: number;
}

/** What is in the quarantine of a sink that is closed. */
async function quarantine(dir: string): Promise<Quarantined[]> {
  const log = await Log.open(`${dir}/quarantine`);
  const { records } = await log.read(0);
  await log.close();
  return records.map(({ data }) => JSON.parse(Buffer.from(data).toString()) as Quarantined);
}

const keysOf = (list: readonly (StoredReading | ExpectedReading)[]): string[] =>
  list.map(({ channel, timeUs, value }) => `${channel} ${timeUs} ${String(value)}`).sort();

/** A server of our own making, for what the real ones do not do on demand. */
async function scripted(
  answer: (body: string, to: ServerResponse, from: IncomingMessage) => void,
): Promise<string> {
  const server = createServer((from, to) => {
    const chunks: Buffer[] = [];
    from.on('data', (chunk: Buffer) => chunks.push(chunk));
    from.on('end', () => {
      const body = Buffer.concat(chunks);
      answer((from.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString(), to, from);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function reply(to: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  to.writeHead(status, { 'content-type': 'application/json', ...headers });
  to.end(JSON.stringify(body));
}

describe.skipIf(!available('influxd'))('the InfluxDB sink on a real server', () => {
  async function influxd(port?: number, folder?: string): Promise<Awaited<ReturnType<typeof startInfluxd>>> {
    const server = await startInfluxd({ ...(port && { port }), ...(folder && { folder }) });
    onTestFinished(() => server.stop());
    return server;
  }

  async function proxied(target: string): Promise<string> {
    const proxy = await startInflux1Proxy(target);
    onTestFinished(() => proxy.close());
    return proxy.url;
  }

  it('quarantines what conflicts with a field type, with the reason, and stores the rest', async () => {
    const server = await influxd();
    await influxql(server.url, 'CREATE DATABASE weir');
    await fetch(`${server.url}/write?db=weir`, {
      method: 'POST',
      body: 'humidity value="wet" 1700000000000000000',
    });
    const sample = await sampleLog();
    const dir = `${sample.dir}-influx`;
    const humidity = sampleSeries(4, 'cellar/humidity', 'number', '%RH');
    sample.fill(50);
    for (let seq = 100; seq < 120; seq++) {
      const times = [0, 1, 2].map((i) => seq * 1_000_000 + i);
      const also = times.map((time) => time + 500);
      sample.append({
        seq,
        columns: [
          { series: humidity, times, values: [40, 41, 42] },
          { series: TEMPERATURE, times: also, values: [20, 21, 22] },
        ],
      });
    }
    const sink = opened(await proxied(server.url), dir);
    await sink.open();
    for (const batch of await sample.batches(0, 1_000, [...SERIES, humidity])) await sink.write(batch);
    expect(sink.quarantined).toBe(60);
    await sink.close();
    const refused = await quarantine(dir);
    expect(refused.length).toBe(60);
    for (const each of refused) {
      expect(each).toMatchObject({ status: 400, device: 'greenhouse-7', channel: 'cellar/humidity' });
      expect(each.reason).toMatch(/field type conflict/);
      expect(each.line).toMatch(
        /^humidity,channel=cellar\/humidity,device=greenhouse-7,unit=%RH value=4[012],/,
      );
    }
    expect(new Set(refused.map(({ seq, index }) => `${seq} ${index}`)).size).toBe(60);
    const stored = (await readInflux1(server.url)).filter(({ channel }) => channel !== '');
    expect(keysOf(stored)).toEqual(
      keysOf(sample.expected.filter(({ channel }) => channel !== humidity.channel)),
    );
    await sink.open();
    expect(sink.quarantined).toBe(60);
  });

  it('loses nothing while the server is dead, and catches up', async () => {
    const folder = await temporaryFolder();
    const server = await influxd(undefined, folder);
    await influxql(server.url, 'CREATE DATABASE weir');
    const url = await proxied(server.url);
    const sample = await sampleLog();
    const worker = await SinkWorker.start({
      name: 'influx',
      kind: 'influx',
      options: influxOptions(url, `${sample.dir}-influx`, { max_lines: 100 }),
      logDir: sample.dir,
      logger: silentLogger,
    });
    onTestFinished(() => worker.close());
    worker.announce(SERIES);
    sample.fill(50);
    worker.advance(await sample.flushed());
    await worker.caughtUp(sample.log.durable);
    await server.kill();
    sample.fill(100, 51);
    worker.advance(await sample.flushed());
    await waitFor(() => worker.status().state === 'waiting');
    expect(worker.status()).toMatchObject({ errorCode: 'influx.unreachable' });
    expect(worker.status().cursor).toBeLessThan(sample.log.durable);
    const again = await influxd(server.port, folder);
    await worker.caughtUp(sample.log.durable);
    expect(worker.status()).toMatchObject({ state: 'running', error: null });
    expect(keysOf(await readInflux1(again.url))).toEqual(keysOf(sample.expected));
  });

  it.each(['before request', 'after request', 'before save', 'after save'])(
    'holds each reading once after a kill %s',
    async (moment) => {
      const server = await influxd();
      await influxql(server.url, 'CREATE DATABASE weir');
      const sample = await sampleLog();
      sample.fill(30);
      const durable = await sample.flushed();
      const options = influxOptions(await proxied(server.url), `${sample.dir}-influx`);
      const run = { kind: 'influx', options, logDir: sample.dir, durable } as const;
      expect(await runCrashChild({ ...run, moment, nth: 3 })).toBe(true);
      expect(await runCrashChild(run)).toBe(false);
      expect(keysOf(await readInflux1(server.url))).toEqual(keysOf(sample.expected));
    },
  );

  it('waits for a database that is not there yet', async () => {
    const server = await influxd();
    const sample = await sampleLog();
    sample.fill(1);
    const sink = opened(await proxied(server.url), `${sample.dir}-influx`);
    await expect(writeAll(sink, sample)).rejects.toMatchObject({ code: 'influx.not_found', retryable: true });
    await sink.close();
    await influxql(server.url, 'CREATE DATABASE weir');
    await writeAll(sink, sample);
    expect(sink.quarantined).toBe(0);
    expect(keysOf(await readInflux1(server.url))).toEqual(keysOf(sample.expected));
  });
});

describe('the InfluxDB sink', () => {
  it('sends org, bucket, precision and token as version 2 wants them', async () => {
    let asked: IncomingMessage | undefined;
    const url = await scripted((_, to, from) => {
      asked = from;
      to.writeHead(204).end();
    });
    const sample = await sampleLog();
    sample.fill(1);
    await writeAll(opened(url, `${sample.dir}-influx`, { bucket: 'a bucket/rp', token: 'secret' }), sample);
    expect(asked?.url).toBe('/api/v2/write?org=weir&bucket=a%20bucket%2Frp&precision=ns');
    expect(asked?.headers.authorization).toBe('Token secret');
  });

  it.each([
    ['influx.unauthorized', 401, { code: 'unauthorized', message: 'unauthorized access' }, {}],
    ['influx.unauthorized', 403, { message: 'insufficient permissions' }, {}],
    ['influx.not_found', 404, { message: 'bucket "weir" not found' }, {}],
    ['influx.unreachable', 503, { message: 'cache full' }, { 'retry-after': '7' }],
    ['influx.refused', 400, { message: 'the moon is wrong' }, {}],
  ])('waits on %s after %d, keeping its cursor', async (code, status, body, headers) => {
    const url = await scripted((_, to) => reply(to, status, body, headers));
    const sample = await sampleLog();
    sample.fill(5);
    const sink = opened(url, `${sample.dir}-influx`);
    const failure: unknown = await writeAll(sink, sample).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, retryable: true });
    if (status === 503) expect(failure).toMatchObject({ details: { retryAfterMs: 7_000 } });
    await sink.close();
    expect(await sink.open()).toBe(0);
    expect(sink.quarantined).toBe(0);
  });

  it('does not take the error page of something else for a refusal of lines', async () => {
    const url = await scripted((_, to) =>
      to.writeHead(400, { 'content-type': 'text/html' }).end('<h1>plain HTTP to HTTPS</h1>'),
    );
    const sample = await sampleLog();
    sample.fill(5);
    await expect(writeAll(opened(url, `${sample.dir}-influx`), sample)).rejects.toMatchObject({
      code: 'influx.refused',
      message: expect.stringContaining('plain HTTP to HTTPS') as string,
    });
  });

  it.each([
    [400, { error: 'partial write of line protocol occurred' }],
    [201, { error: 'partial write of line protocol occurred' }],
  ])('quarantines exactly what version 3 names in a %d', async (status, body) => {
    const stored = new Set<string>();
    const url = await scripted((text, to) => {
      const lines = text.split('\n');
      const bad = lines.flatMap((line, i) => (line.startsWith('open,') ? [i] : []));
      for (const line of lines) if (!line.startsWith('open,')) stored.add(line);
      if (bad.length === 0) return void to.writeHead(204).end();
      const data = bad.map((i) => ({
        line_number: i + 1,
        error_message: 'no doors here',
        original_line: lines[i],
      }));
      reply(to, status, { ...body, data });
    });
    const sample = await sampleLog();
    sample.fill(20);
    const dir = `${sample.dir}-influx`;
    const sink = opened(url, dir);
    await writeAll(sink, sample);
    expect(sink.quarantined).toBe(20);
    expect(stored.size).toBe(220);
    await sink.close();
    const refused = await quarantine(dir);
    expect(
      refused.every(({ channel, reason }) => channel === 'door/open' && reason === 'no doors here'),
    ).toBe(true);
  });

  it('quarantines a line once although its batch came twice', async () => {
    const url = await scripted((text, to) =>
      text.includes('door')
        ? reply(to, 422, { message: 'unable to parse: no doors' })
        : to.writeHead(204).end(),
    );
    const sample = await sampleLog();
    sample.fill(20);
    const dir = `${sample.dir}-influx`;
    const sink = opened(url, dir);
    const [batch] = await sample.batches();
    await sink.open();
    await sink.write({ ...batch!, next: 0 });
    expect(sink.quarantined).toBe(20);
    await sink.close();
    expect(await sink.open()).toBe(0);
    await sink.write(batch!);
    await sink.close();
    expect((await quarantine(dir)).length).toBe(20);
  });

  it('gives up a request that hangs, and its connection', async () => {
    const hanging = new Set<ServerResponse>();
    const url = await scripted((_, to) => {
      hanging.add(to);
      to.on('close', () => hanging.delete(to));
    });
    const sample = await sampleLog();
    sample.fill(1);
    const sink = opened(url, `${sample.dir}-influx`, { timeout: 50 });
    await expect(writeAll(sink, sample)).rejects.toMatchObject({ code: 'influx.unreachable' });
    await waitFor(() => hanging.size === 0);
  });

  it('keeps its quarantine within its size', async () => {
    const url = await scripted((_, to) =>
      reply(to, 400, { error: `partial write: ${'x'.repeat(900)} dropped=1` }),
    );
    const sample = await sampleLog();
    for (let seq = 1; seq <= 2_000; seq++)
      sample.append({ seq, columns: [{ series: TEMPERATURE, times: [seq * 1_000], values: [seq] }] });
    const dir = `${sample.dir}-influx`;
    const sink = opened(url, dir, { quarantine: 2 ** 20, max_lines: 100 });
    await writeAll(sink, sample, 100);
    await sink.close();
    const log = await Log.open(`${dir}/quarantine`);
    expect(log.start).toBeGreaterThan(0);
    expect(log.end - log.start).toBeLessThan(1.3 * 2 ** 20);
    await log.close();
  });
});
