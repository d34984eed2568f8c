/** `weir bench ingest`: the hub beside a bare sink, on the same load. */
import { z } from 'zod';
import { benchCase, type BenchContext } from '../../case.js';
import { listOption } from '../../list-option.js';
import { conditions, type Conditions } from '../../measure/conditions.js';
import { dataFolder } from '../../measure/data-folder.js';
import { shuffledRounds } from '../../measure/order.js';
import { MOSQUITTO_PROMISE, mosquittoPath } from '../../servers/mosquitto.js';
import { ARMS, type ArmName, type ArmOrder, type ArmRun, type RunArm } from './arm.js';
import { runBare } from './bare-arm.js';
import { runMosquitto, runMosquittoSubscriber } from './mosquitto-arm.js';
import { summarize, type IngestCase } from './summary.js';
import { ingestTable } from './table.js';
import { runWeir, runWeirPaced, runWeirWithoutStores } from './weir-arm.js';

const RUNS: Readonly<Record<ArmName, RunArm>> = {
  bare: runBare,
  weir: runWeir,
  'weir-without-stores': runWeirWithoutStores,
  'weir-paced': runWeirPaced,
  mosquitto: runMosquitto,
  'mosquitto-subscriber': runMosquittoSubscriber,
};

const options = z.strictObject({
  connections: z.number().int().min(1).max(15_000).default(1_000).describe('Devices, each on its connection'),
  readings_per_frame: listOption(
    z.coerce.number().int().min(1).max(1_000),
    'whole numbers from 1 to 1000 with commas between',
  )
    .prefault('1,100')
    .describe('Sizes of frames, one case each'),
  seconds: z.number().min(0.1).max(600).default(3).describe('Measured window of each run'),
  warm_up: z.number().min(0).max(60).default(1.5).describe('Seconds of load before the window'),
  repeats: z.number().int().min(1).max(100).default(3).describe('Runs of each arm'),
  arms: listOption(z.enum(ARMS), `some of ${ARMS.join(',')}`)
    .prefault(ARMS.join(','))
    .describe(`What is run: ${ARMS.join(', ')}`),
  paced: z.number().min(1).max(100_000).default(5_000).describe('Frames a second of the arm weir-paced'),
  drain: z.number().min(1).max(3_600).default(300).describe('Longest wait for the store, in seconds'),
  seed: z.number().int().min(1).max(1_000_000).default(1).describe('Decides values and the order of runs'),
  dir: z.string().default('').describe("Where the hub's data go during a run; the system's temporary folder"),
  profile: z.string().default('').describe('Folder for V8 CPU profiles of the servers (they slow them down)'),
});
const PROMISES = {
  weir: 'the reading has been checked and is on disk: written to the log and synced (fdatasync) before the ack',
  mosquitto: MOSQUITTO_PROMISE,
};

export type IngestOptions = z.output<typeof options>;

export interface IngestResult {
  readonly bench: 'ingest';
  readonly conditions: Conditions;
  readonly options: IngestOptions;
  readonly cases: readonly IngestCase[];
  readonly skipped: readonly { readonly arm: ArmName; readonly why: string }[];
  /** What an acknowledgement says in each arm. */
  readonly promises: Readonly<Record<'weir' | 'mosquitto', string>>;
  /** Every run, in the order in which they were made. */
  readonly runs: readonly ArmRun[];
}

async function run(options: IngestOptions, context: BenchContext): Promise<IngestResult> {
  const dir = await dataFolder(options.dir);
  const found = await conditions(dir);
  const absent = mosquittoPath() === null ? options.arms.filter((arm) => arm.startsWith('mosquitto')) : [];
  const present = options.arms.filter((arm) => !absent.includes(arm));
  const arms = options.readings_per_frame.flatMap((readingsPerFrame) =>
    present.map((arm) => ({ arm, readingsPerFrame })),
  );
  const rounds = shuffledRounds(arms, options.repeats, options.seed);
  const runs: ArmRun[] = [];
  for (const [index, { arm, readingsPerFrame }] of rounds.entries()) {
    context.signal.throwIfAborted();
    const framesPerS = arm.endsWith('-paced') ? options.paced : null;
    const order = { ...orderOf(options), readingsPerFrame, framesPerS, dir, seed: options.seed + index };
    const result = await RUNS[arm](order, context);
    runs.push(result);
    context.progress(`${index + 1}/${rounds.length}  ${progressOf(result)}`);
  }
  const cases = options.readings_per_frame.map((readingsPerFrame) =>
    summarize(
      options.connections,
      runs.filter((each) => each.readings_per_frame === readingsPerFrame),
    ),
  );
  const skipped = absent.map((arm) => ({ arm, why: 'mosquitto is not installed' }));
  return { ...{ bench: 'ingest', conditions: found, options, cases, skipped }, promises: PROMISES, runs };
}

function orderOf({
  connections,
  warm_up: warmUpS,
  seconds,
  drain: drainS,
  profile: profileDir,
}: IngestOptions): Pick<ArmOrder, 'connections' | 'warmUpS' | 'seconds' | 'drainS' | 'profileDir'> {
  return { connections, warmUpS, seconds, drainS, profileDir };
}

function progressOf(run: ArmRun): string {
  const { arm, readings_per_frame: size, frames_per_s: frames, ack_ms: ack, kept } = run;
  const answer = ack === null ? '' : `, ack p50 ${ack.p50.toFixed(1)} ms p99 ${ack.p99.toFixed(1)} ms`;
  const lag =
    typeof kept?.stored_lag_s === 'number' ? `, stored ${kept.stored_lag_s.toFixed(1)} s later` : '';
  return `${arm}, frames of ${size}: ${Math.round(frames)} frames/s${answer}${lag}`;
}

export const ingest = benchCase({
  name: 'ingest',
  summary: 'how fast a hub takes readings in, beside a sink that only decodes them',
  help: `
Each run has a server and a load in processes of their own. The arms:
  bare                 takes WebSocket messages (ws) and decodes them (cbor-x), no more
  weir                 a hub with everything on: checks, deduplication, fsync, acks, DuckDB
  weir-without-stores  the same with its log alone
  weir-paced           the hub at a fixed rate (--paced), far from its limit: latency counts from when a frame was due
  mosquitto            QoS 1, persistence on, nobody subscribed; as many messages on the way as a hub would allow
  mosquitto-subscriber the same with a subscriber that takes and acknowledges everything
Afterwards the store is asked for the readings: one too few or too many fails the benchmark.`,
  options,
  quick: {
    ...{ connections: 4, seconds: 0.2, warm_up: 0.1, repeats: 1, paced: 200 },
    arms: 'bare,weir,weir-paced,mosquitto-subscriber',
  },
  run,
  table: ingestTable,
});
