/** `weir bench ingest`: the hub beside a bare sink, on the same load. */
import { z } from 'zod';
import { benchCase, type BenchContext } from '../../case.js';
import { conditions, type Conditions } from '../../measure/conditions.js';
import { dataFolder } from '../../measure/data-folder.js';
import { shuffledRounds } from '../../measure/order.js';
import { ARMS, type ArmName, type ArmRun, type RunArm } from './arm.js';
import { runBare } from './bare-arm.js';
import { summarize, type IngestCase } from './summary.js';
import { ingestTable } from './table.js';
import { runWeir, runWeirWithoutStores } from './weir-arm.js';

const RUNS: Readonly<Record<ArmName, RunArm>> = {
  bare: runBare,
  weir: runWeir,
  'weir-without-stores': runWeirWithoutStores,
};

/** `1,100` as `[1, 100]`. */
const wholeNumbers = (max: number): z.ZodType<number[], string> =>
  z
    .string()
    .transform((text) => text.split(',').map(Number))
    .pipe(z.array(z.number().int().min(1).max(max)).min(1));

const options = z.strictObject({
  connections: z.number().int().min(1).max(15_000).default(1_000).describe('Devices, each on its connection'),
  readings_per_frame: wholeNumbers(1_000).prefault('1,100').describe('Sizes of frames, one case each'),
  seconds: z.number().min(0.1).max(600).default(5).describe('Measured window of each run'),
  warm_up: z.number().min(0).max(60).default(2).describe('Seconds of load before the window'),
  repeats: z.number().int().min(1).max(100).default(3).describe('Runs of each arm'),
  arms: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(ARMS)).min(1))
    .prefault(ARMS.join(','))
    .describe(`What is run: ${ARMS.join(', ')}`),
  drain: z.number().min(1).max(3_600).default(300).describe('Longest wait for the store, in seconds'),
  seed: z.number().int().min(1).max(1_000_000).default(1).describe('Decides values and the order of runs'),
  dir: z.string().default('').describe("Where the hub's data go during a run; the system's temporary folder"),
  profile: z.string().default('').describe('Folder for V8 CPU profiles of the servers (they slow them down)'),
});
export type IngestOptions = z.output<typeof options>;

export interface IngestResult {
  readonly bench: 'ingest';
  readonly conditions: Conditions;
  readonly options: IngestOptions;
  readonly cases: readonly IngestCase[];
  /** Every run, in the order in which they were made. */
  readonly runs: readonly ArmRun[];
}

async function run(options: IngestOptions, context: BenchContext): Promise<IngestResult> {
  const dir = await dataFolder(options.dir);
  const found = await conditions(dir);
  const arms = options.readings_per_frame.flatMap((readingsPerFrame) =>
    options.arms.map((arm) => ({ arm, readingsPerFrame })),
  );
  const rounds = shuffledRounds(arms, options.repeats, options.seed);
  const runs: ArmRun[] = [];
  for (const [index, { arm, readingsPerFrame }] of rounds.entries()) {
    context.signal.throwIfAborted();
    const order = { ...orderOf(options), readingsPerFrame, dir, seed: options.seed + index };
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
  return { bench: 'ingest', conditions: found, options, cases, runs };
}

function orderOf({
  connections,
  warm_up: warmUpS,
  seconds,
  drain: drainS,
  profile: profileDir,
}: IngestOptions) {
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
Afterwards the store is asked for the readings: one too few or too many fails the benchmark.`,
  options,
  run,
  table: ingestTable,
});
