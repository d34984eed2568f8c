/**
 * A sink at work in a process of its own, which kills itself at one moment of its N-th batch:
 * `crash-child.js KIND OPTIONS LOG_DIR DURABLE MOMENT N`. Without a moment it ends when all is stored.
 */
import { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { Cursor } from '@weir/log';
import { systemClock, systemEntropy, systemTimers } from '@weir/runtime';
import type { DuckDbOptions } from '../duckdb/config.js';
import { DuckDbSink } from '../duckdb/duckdb-sink.js';
import type { InfluxOptions } from '../influx/config.js';
import { InfluxClient } from '../influx/client.js';
import { InfluxSink } from '../influx/influx-sink.js';
import { SinkRun } from '../run.js';
import { SERIES } from './sample-log.js';

const [kind, options = '{}', logDir = '', durable = '0', moment = '', nth = '1'] = process.argv.slice(2);

let left = Number(nth);
function dieAt(here: string): void {
  if (here === moment && --left === 0) process.kill(process.pid, 'SIGKILL');
}

/** Kills before and after a method of a class. */
function around(target: object, method: string, named: (argument: unknown) => string | null): void {
  const methods = target as Record<string, (...given: unknown[]) => unknown>;
  const original = methods[method];
  if (original === undefined) throw new Error(`no method ${method}`);
  methods[method] = function (this: unknown, ...given: unknown[]): unknown {
    const name = named(given[0]);
    if (name !== null) dieAt(`before ${name}`);
    const result = original.apply(this, given);
    if (name === null) return result;
    if (!(result instanceof Promise)) {
      dieAt(`after ${name}`);
      return result;
    }
    return result.then((value: unknown) => {
      dieAt(`after ${name}`);
      return value;
    });
  };
}

around(
  DuckDBConnection.prototype,
  'run',
  (sql) => /^(BEGIN|UPDATE cursor|COMMIT)/.exec(String(sql))?.[1] ?? null,
);
around(DuckDBAppender.prototype, 'closeSync', () => 'append');
around(InfluxClient.prototype, 'write', () => 'request');
around(Cursor.prototype, 'save', () => 'save');

const end = Number(durable);
const run = new SinkRun({
  sink:
    kind === 'duckdb'
      ? new DuckDbSink(JSON.parse(options) as DuckDbOptions)
      : new InfluxSink(JSON.parse(options) as InfluxOptions),
  logDir,
  series: new Map(SERIES.map((each) => [each.id, each])),
  limits: { bytes: 65_536, readings: 50 },
  maxDelayMs: 0,
  clock: systemClock,
  timers: systemTimers,
  entropy: systemEntropy,
  onStatus({ cursor, error }) {
    if (error !== null) throw new Error(error);
    if (cursor >= end) run.close();
  },
});
run.advance(end);
await run.run();
