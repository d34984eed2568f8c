import {
  available,
  startInflux1Proxy,
  startInfluxd,
  startVictoriaMetrics,
  type Influx1Proxy,
  type ServerProcess,
} from '@weir/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { influxOptions } from '../test/influx-options.js';
import { influxql, readInflux1, readVictoriaMetrics } from '../test/read-stores.js';
import type { ExpectedReading } from '../test/sample-log.js';
import { describeSink, type StoredReading } from '../test/sink-contract.js';
import { InfluxSink } from './influx-sink.js';

describe.skipIf(!available('influxd'))('InfluxDB 1.6', () => {
  let server: ServerProcess;
  let proxy: Influx1Proxy;
  beforeAll(async () => {
    server = await startInfluxd();
    proxy = await startInflux1Proxy(server.url);
  });
  afterAll(async () => {
    await proxy.close();
    await server.stop();
  });
  beforeEach(async () => {
    await influxql(server.url, 'CREATE DATABASE weir');
  });
  afterEach(async () => {
    await influxql(server.url, 'DROP DATABASE weir');
  });

  describeSink('InfluxDB', {
    make: (folder) => Promise.resolve(new InfluxSink(influxOptions(proxy.url, `${folder}/influx`))),
    keeps: ({ device, channel, type, unit, timeUs, value, uncertaintyUs }) => {
      return { device, channel, type, unit, timeUs, value, uncertaintyUs };
    },
    read: () => readInflux1(server.url),
  });
});

describe.skipIf(!available('victoria-metrics'))('VictoriaMetrics 1.79', () => {
  let server: ServerProcess;
  beforeEach(async () => {
    server = await startVictoriaMetrics();
  });
  afterEach(async () => {
    await server.stop();
  });

  describeSink('VictoriaMetrics', {
    make: (folder) => Promise.resolve(new InfluxSink(influxOptions(server.url, `${folder}/influx`))),
    keeps: metricOf,
    numbers: [0, 21.57, -273.15, 1013.25, 0.0078125, 4_294_967_296],
    read: () => readVictoriaMetrics(server.url),
  });
});

/** It keeps what is a number, as a decimal of limited length, at whole ms, from 1970 to the day after tomorrow. */
function metricOf({ device, channel, type, unit, timeUs, value }: ExpectedReading): StoredReading | null {
  if (type === 'text' || timeUs < 0 || timeUs > Date.now() * 1_000) return null;
  return {
    device,
    channel,
    unit,
    timeUs: Math.floor(timeUs / 1_000) * 1_000,
    value: Number(value),
  };
}
