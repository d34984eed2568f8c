/**
 * A DuckDB sink at work in a process of its own, whose files its parent limits in size: says each status as a line of
 * JSON, ends when all is stored. `limited-child.js OPTIONS LOG_DIR DURABLE`
 */
import { systemClock, systemTimers } from '@weir/runtime';
import type { DuckDbOptions } from '../duckdb/config.js';
import { DuckDbSink } from '../duckdb/duckdb-sink.js';
import { SinkRun } from '../run.js';
import { SERIES } from './sample-log.js';

const [options = '{}', logDir = '', durable = '0'] = process.argv.slice(2);

// Else the signal that goes with a file over its limit ends the process.
process.on('SIGXFSZ', () => undefined);

const run = new SinkRun({
  sink: new DuckDbSink(JSON.parse(options) as DuckDbOptions),
  logDir,
  series: new Map(SERIES.map((each) => [each.id, each])),
  limits: { bytes: 1_048_576, readings: 20_000 },
  maxDelayMs: 0,
  clock: systemClock,
  timers: systemTimers,
  entropy: { unit: () => 0.1, integer: (min) => min },
  onStatus(status) {
    process.stdout.write(`${JSON.stringify(status)}\n`);
    if (status.cursor >= Number(durable)) run.close();
  },
});
run.advance(Number(durable));
await run.run();
