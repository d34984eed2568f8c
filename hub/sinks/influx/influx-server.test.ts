import { available, startInflux1Proxy, startInfluxd, temporaryFolder, waitFor } from '@weir/testing';
import { silentLogger } from '@weir/runtime';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SinkWorker } from '../sink-worker.js';
import { influxOptions } from '../test/influx-options.js';
import { opened, quarantine, sampleLog, writeAll } from '../test/influx-scene.js';
import { influxql, readInflux1 } from '../test/read-stores.js';
import { runCrashChild } from '../test/run-crash-child.js';
import { sampleSeries, SERIES, TEMPERATURE, type ExpectedReading } from '../test/sample-log.js';
import type { StoredReading } from '../test/sink-contract.js';

const keysOf = (list: readonly (StoredReading | ExpectedReading)[]): string[] =>
  list.map(({ channel, timeUs, value }) => `${channel} ${timeUs} ${String(value)}`).sort();

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

    const retry = { kind: 'quarantine_retry', by: 'test', device: null, limit: 1_000, cursor: null } as const;
    const signal = new AbortController().signal;
    expect(await sink.desk.answer(retry, signal)).toMatchObject({ tried: 60, stored: 0, refused: 60 });
    expect(sink.quarantined).toBe(60);
    await influxql(server.url, 'DROP MEASUREMENT humidity');
    expect(await sink.desk.answer(retry, signal)).toMatchObject({
      tried: 60,
      stored: 60,
      refused: 0,
      left: 0,
    });
    expect(sink.quarantined).toBe(0);
    expect(keysOf(await readInflux1(server.url))).toEqual(keysOf(sample.expected));
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
