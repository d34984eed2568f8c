/** `weir bench storm`: a fleet, and a hub that is restarted under it, by SIGTERM's way and by SIGKILL. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { benchCase, type BenchContext } from '../../case.js';
import type { CrowdMethods } from '../../load/crowd-process.js';
import { conditions, type Conditions } from '../../measure/conditions.js';
import { dataFolder } from '../../measure/data-folder.js';
import { Child } from '../../processes/child.js';
import { CROWD_PROCESS } from '../connections/connections.js';
import { Storm, type StormEvent } from './play.js';
import { stormTable } from './table.js';

const options = z.strictObject({
  devices: z.number().int().min(1).max(15_000).default(15_000).describe('Devices, each on its connection'),
  connects_per_second: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(500)
    .describe("The hub's rate; 500 as it comes"),
  repeats: z.number().int().min(1).max(20).default(1).describe('Restarts of each kind'),
  timeout: z
    .number()
    .int()
    .min(10)
    .max(3_600)
    .default(600)
    .describe('Longest wait for the fleet, in seconds'),
  dir: z.string().default('').describe("Where the hub's data go during a run; the system's temporary folder"),
  profile: z.string().default('').describe('Folder for V8 CPU profiles of the hubs (they slow them down)'),
});
export type StormOptions = z.output<typeof options>;

export interface StormResult {
  readonly bench: 'storm';
  readonly conditions: Conditions;
  readonly options: StormOptions;
  /** In the order in which they happened. */
  readonly cases: readonly StormEvent[];
}

async function run(options: StormOptions, context: BenchContext): Promise<StormResult> {
  const parent = await dataFolder(options.dir);
  const found = await conditions(parent);
  const dir = await mkdtemp(join(parent, 'weir-bench-'));
  const crowd = new Child<CrowdMethods>(CROWD_PROCESS, { signal: context.signal });
  const storm = new Storm(options, dir, crowd, context);
  try {
    const cases = [await storm.arrive()];
    for (let left = options.repeats; left > 0; left--) {
      cases.push(await storm.restart('restart'));
      cases.push(await storm.restart('crash'));
    }
    cases.push(await storm.stopAmid());
    return { bench: 'storm', conditions: found, options, cases };
  } finally {
    await Promise.all([crowd.end(), storm.end()]);
    await rm(dir, { recursive: true, force: true });
  }
}

export const storm = benchCase({
  name: 'storm',
  summary: 'how long a fleet takes to be back after the hub was restarted, and what that does to the hub',
  help: `
The devices are in one process, each hub in one of its own. In this order:
  arrival   the fleet connects to a new hub, all within a second
  restart   the hub ends in good order, as on SIGTERM, and a new one takes its place
  crash     the hub is killed by SIGKILL, and a new one takes its place
  stop      a hub in the midst of a storm is told to end: how long it takes
Devices have the agent's manners: full jitter, Retry-After, tickets. Event-loop delay is that of the new hub.`,
  options,
  quick: { devices: 50, timeout: 60 },
  run,
  table: stormTable,
});
