/**
 * Entry of a sink's worker thread: its own event loop for decoding, writing and queries, away from ingest.
 *
 * DuckDB aborts the whole process when its thread ends while it works. So this thread is never ended from outside: on a
 * fault nobody foresaw it says so, lets what runs come to its end, and then leaves by itself.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock, systemEntropy, systemTimers, WeirError } from '@weir/runtime';
import { StoreQueries } from '../history/store-queries.js';
import { DuckDbSink } from './duckdb/duckdb-sink.js';
import { InfluxSink } from './influx/influx-sink.js';
import { SinkRun } from './run.js';
import { isOfQuarantine } from './quarantine-requests.js';
import type { SeriesInfo, Sink } from './sink.js';
import type { StoreAnswer, StoreRequest } from './store-requests.js';
import {
  plainError,
  type FromWorker,
  type StoreChoice,
  type ToWorker,
  type WorkerStart,
} from './worker-messages.js';

const port = parentPort;
if (port === null) throw new WeirError('internal.unexpected', 'sinks/worker.js runs as a worker thread');
const { logDir, store } = workerData as WorkerStart;
const say = (message: FromWorker): void => port.postMessage(message);

const series = new Map<number, SeriesInfo>();
const seriesByName = new Map<string, SeriesInfo>();
const nameOf = (device: string, channel: string): string => `${device} ${channel}`;
const { sink, ask, limits, maxDelayMs } = storeOf(store);
const run = new SinkRun({
  sink,
  logDir,
  series,
  limits,
  maxDelayMs,
  clock: systemClock,
  timers: systemTimers,
  entropy: systemEntropy,
  onStatus: (status) => say({ type: 'status', status }),
});
const stops = new Map<number, AbortController>();

function storeOf(choice: StoreChoice): {
  readonly sink: Sink;
  readonly ask: (request: StoreRequest, signal: AbortSignal) => Promise<StoreAnswer>;
  readonly limits: { readonly bytes: number; readonly readings: number };
  readonly maxDelayMs: number;
} {
  if (choice.kind === 'influx') {
    const { max_lines: readings, max_delay: maxDelayMs } = choice.options;
    const influx = new InfluxSink(choice.options);
    return {
      sink: influx,
      ask: async (request, signal) => {
        if (!isOfQuarantine(request)) throw notAnswered();
        const answer = await influx.desk.answer(request, signal);
        run.refresh();
        return answer;
      },
      limits: { bytes: 2 ** 20, readings },
      maxDelayMs,
    };
  }
  const { options } = choice;
  const duckdb = new DuckDbSink(options);
  const queries = new StoreQueries({
    database: () => duckdb.database,
    findSeries: (device, channel) => seriesByName.get(nameOf(device, channel)),
    limits: {
      running: options.queries,
      waiting: options.queries_waiting,
      timeoutMs: options.query_timeout,
    },
  });
  return {
    sink: duckdb,
    ask: (request, signal) =>
      isOfQuarantine(request) ? Promise.reject(notAnswered()) : queries.run(request, signal),
    limits: { bytes: 4 * 2 ** 20, readings: 250_000 },
    maxDelayMs: options.max_delay,
  };
}

function receive(message: ToWorker): void {
  switch (message.type) {
    case 'series':
      for (const each of message.series) {
        series.set(each.id, each);
        seriesByName.set(nameOf(each.device, each.channel), each);
      }
      break;
    case 'advance':
      run.advance(message.durable, message.hurryTo);
      break;
    case 'query':
      answer(message).catch(crash);
      break;
    case 'cancel':
      stops.get(message.id)?.abort(new WeirError('history.cancelled', 'the query was cancelled'));
      break;
    case 'close':
      run.close();
      break;
  }
}

async function answer({ id, request }: Extract<ToWorker, { type: 'query' }>): Promise<void> {
  const stop = new AbortController();
  stops.set(id, stop);
  try {
    say({ type: 'answer', id, answer: await ask(request, stop.signal) });
  } catch (error) {
    say({ type: 'fault', id, error: plainError(error) });
  } finally {
    stops.delete(id);
  }
}

function notAnswered(): WeirError {
  return new WeirError('history.unavailable', 'this store does not answer that');
}

let crashed = false;
function crash(error: unknown): void {
  if (crashed) return;
  crashed = true;
  say({ type: 'crashed', error: plainError(error) });
  run.close();
}

process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);
port.on('message', receive);
say({ type: 'ready' });
run.run().then(
  () => process.exit(crashed ? 1 : 0),
  (error: unknown) => {
    crash(error);
    process.exit(1);
  },
);
