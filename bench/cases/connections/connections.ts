/** `weir bench connections`: what an idle connection costs in memory, at a hub and at a bare `ws` server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { benchCase, type BenchContext } from '../../case.js';
import type { CrowdMethods } from '../../load/crowd-process.js';
import { conditions, type Conditions } from '../../measure/conditions.js';
import { dataFolder } from '../../measure/data-folder.js';
import { shuffledRounds } from '../../measure/order.js';
import { spreadOf, type Spread } from '../../measure/statistics.js';
import { Child } from '../../processes/child.js';
import { significant, type TableFormat } from '../../report/columns.js';
import type { BareMethods } from '../../servers/bare-process.js';
import type { HubMethods } from '../../servers/hub-process.js';
import type { MemoryHeld } from '../../servers/memory.js';

const ARMS = ['bare', 'weir'] as const;
type ArmName = (typeof ARMS)[number];

const SERVERS = {
  bare: new URL('../../servers/bare-process.js', import.meta.url),
  weir: new URL('../../servers/hub-process.js', import.meta.url),
};
export const CROWD_PROCESS = new URL('../../load/crowd-process.js', import.meta.url);
/** Code is compiled and pools are filled by so many connections, which end before memory is first looked at. */
const WARM_UP = 200;
/** New connections a second: no server is measured at its limit here. */
const PER_SECOND = 1_000;

const options = z.strictObject({
  connections: z.number().int().min(1).max(15_000).default(5_000).describe('Idle connections'),
  repeats: z.number().int().min(1).max(100).default(3).describe('Runs of each server'),
  seed: z.number().int().min(1).max(1_000_000).default(1).describe('Decides the order of runs'),
  dir: z.string().default('').describe("Where the hub's data go during a run; the system's temporary folder"),
});
export type ConnectionsOptions = z.output<typeof options>;

/** One server of its own, before and after; bytes for each connection. */
export interface ConnectionsRun {
  readonly arm: ArmName;
  readonly connections: number;
  readonly rss_bytes: number;
  readonly heap_bytes: number;
  readonly external_bytes: number;
  readonly before: MemoryHeld;
  readonly after: MemoryHeld;
}

export interface ConnectionsResult {
  readonly bench: 'connections';
  readonly conditions: Conditions;
  readonly options: ConnectionsOptions;
  readonly cases: readonly {
    readonly connections: number;
    readonly bare_rss_bytes: Spread;
    readonly weir_rss_bytes: Spread;
    /** Null where so few connections took no memory that could be seen. */
    readonly ratio: number | null;
  }[];
  readonly runs: readonly ConnectionsRun[];
}

async function run(options: ConnectionsOptions, context: BenchContext): Promise<ConnectionsResult> {
  const dir = await dataFolder(options.dir);
  const found = await conditions(dir);
  const rounds = shuffledRounds(ARMS, options.repeats, options.seed);
  const runs: ConnectionsRun[] = [];
  for (const [index, arm] of rounds.entries()) {
    context.signal.throwIfAborted();
    const result = await runArm(arm, options.connections, dir, context.signal);
    runs.push(result);
    context.progress(
      `${index + 1}/${rounds.length}  ${arm}: ${significant(result.rss_bytes)} bytes a connection (heap ${significant(result.heap_bytes)})`,
    );
  }
  const of = (arm: ArmName): Spread =>
    spreadOf(runs.filter((each) => each.arm === arm).map((each) => each.rss_bytes));
  const [bare, weir] = [of('bare'), of('weir')];
  const summary = {
    bare_rss_bytes: bare,
    weir_rss_bytes: weir,
    ratio: bare.median > 0 ? weir.median / bare.median : null,
  };
  return {
    bench: 'connections',
    ...{ conditions: found, options, runs },
    cases: [{ connections: options.connections, ...summary }],
  };
}

async function runArm(
  arm: ArmName,
  connections: number,
  parent: string,
  signal: AbortSignal,
): Promise<ConnectionsRun> {
  const dir = await mkdtemp(join(parent, 'weir-bench-'));
  const server = new Child<HubMethods & BareMethods>(SERVERS[arm], { signal, execArgv: ['--expose-gc'] });
  const crowd = new Child<CrowdMethods>(CROWD_PROCESS, { signal });
  try {
    const at = await start(server, arm, dir);
    const meet = async (devices: number): Promise<void> => {
      const spreadMs = (devices / PER_SECOND) * 1000;
      await crowd.call('connect', { ...at, devices, isHub: arm === 'weir', spreadMs });
      await crowd.call('allLive');
    };
    await meet(WARM_UP);
    await crowd.call('stop');
    const before = await server.call('memory');
    await meet(connections);
    const after = await server.call('memory');
    const each = (key: keyof MemoryHeld): number => (after[key] - before[key]) / connections;
    const bytes = { rss_bytes: each('rssBytes'), heap_bytes: each('heapBytes') };
    return { arm, connections, ...bytes, external_bytes: each('externalBytes'), before, after };
  } finally {
    await Promise.all([crowd.end(), server.end()]);
    await rm(dir, { recursive: true, force: true });
  }
}

/** The store is left out: DuckDB's memory comes and goes by its own rules and has nothing to do with connections. */
async function start(
  server: Child<HubMethods & BareMethods>,
  arm: ArmName,
  dir: string,
): Promise<{ port: number; token: string }> {
  if (arm === 'bare') {
    const { port } = await (server as Child<BareMethods>).call('start', { progressEvery: 1_000 });
    return { port, token: '' };
  }
  return (server as unknown as Child<HubMethods>).call('start', {
    ...{ listen: { port: 0 }, data_dir: dir, vitals: { interval: 0 } },
    limits: { connects_per_second: 100_000 },
    stores: { duckdb: { enabled: false } },
  });
}

function table({ cases, runs }: ConnectionsResult, format: TableFormat): string {
  const [summary] = cases;
  const heap = (arm: ArmName): number =>
    spreadOf(runs.filter((each) => each.arm === arm).map((each) => each.heap_bytes)).median;
  return format([
    ['', 'bare ws', 'hub', 'ratio'],
    [
      'bytes a connection',
      significant(summary?.bare_rss_bytes.median),
      significant(summary?.weir_rss_bytes.median),
      significant(summary?.ratio),
    ],
    ['  of them in the heap', significant(heap('bare')), significant(heap('weir')), ''],
  ]);
}

export const connections = benchCase({
  name: 'connections',
  summary: 'what an idle connection costs in memory, beside a bare ws server',
  help: `
Each run has a new server and its connections in another process. Memory is what the process holds (RSS) after garbage
collection, before and after the connections are made. At the hub every connection is a device that said hello and was
welcomed, so its session, its place in the tables and its epoch are included.`,
  options,
  quick: { connections: 50, repeats: 1 },
  run,
  table,
});
