/** The measured window of a run: marks of load and server, and what their processes used between them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadMark } from '../../load/load.js';
import type { LoadMethods } from '../../load/load-process.js';
import { processUse, useBetween, type ProcessUse } from '../../measure/process-meter.js';
import type { Child } from '../../processes/child.js';
import type { ArmOrder, CpuUse } from './arm.js';

interface Marks<M> {
  readonly load: LoadMark;
  readonly server: M;
  readonly loadUse: ProcessUse;
  readonly serverUse: ProcessUse;
}

export interface Window<M> {
  readonly before: Marks<M>;
  readonly after: Marks<M>;
  readonly cpu: { readonly server: CpuUse; readonly load: CpuUse };
}

export interface Measured<M> {
  readonly load: Child<LoadMethods>;
  readonly serverPid: number;
  readonly markServer: () => Promise<M>;
}

/** Starts the load, lets it warm up and measures. The load goes on. */
export async function measureWindow<M>(
  measured: Measured<M>,
  { warmUpS, seconds }: Pick<ArmOrder, 'warmUpS' | 'seconds'>,
  signal: AbortSignal,
): Promise<Window<M>> {
  await measured.load.call('start');
  await sleep(warmUpS * 1000, undefined, { signal });
  const before = await marksOf(measured);
  await sleep(seconds * 1000, undefined, { signal });
  const after = await marksOf(measured);
  return {
    before,
    after,
    cpu: {
      server: cpuUse(before.serverUse, after.serverUse),
      load: cpuUse(before.loadUse, after.loadUse),
    },
  };
}

async function marksOf<M>({ load, serverPid, markServer }: Measured<M>): Promise<Marks<M>> {
  const uses = { loadUse: processUse(load.pid), serverUse: processUse(serverPid) };
  const [loadMark, server] = await Promise.all([load.call('mark'), markServer()]);
  return { load: loadMark, server, ...uses };
}

function cpuUse(before: ProcessUse, after: ProcessUse): CpuUse {
  const { cpuS, mainCpuS, mainWaitedS } = useBetween(before, after);
  return { all_threads_s: cpuS, main_thread_s: mainCpuS, main_thread_waited_s: mainWaitedS };
}
