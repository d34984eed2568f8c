import type { LoadMethods } from '../../load/load-process.js';
import { Child } from '../../processes/child.js';
import type { BareMethods } from '../../servers/bare-process.js';
import type { RunArm } from './arm.js';
import { processUse } from '../../measure/process-meter.js';
import { LOAD_PROCESS, megabytes, nodeFlags } from './processes.js';
import { measureWindow } from './window.js';

const BARE_PROCESS = new URL('../../servers/bare-process.js', import.meta.url);

/** The sink says this often how far it is, while as many frames pass as are on the way at a time. */
const PROGRESS_PARTS = 16;

/** What a hub as it comes grants one of so many devices: hub/session/session-table.ts. */
function creditOf(connections: number): number {
  return Math.max(4, Math.min(256, Math.floor(65_536 / connections)));
}

/** The bare sink, with as many frames on the way as a hub would allow. */
export const runBare: RunArm = async (order, { signal }) => {
  const sink = new Child<BareMethods>(BARE_PROCESS, { signal, execArgv: nodeFlags(order, 'bare') });
  const load = new Child<LoadMethods>(LOAD_PROCESS, { signal });
  try {
    const { connections, readingsPerFrame, seed } = order;
    const framesInFlight = connections * creditOf(connections);
    const progressEvery = Math.ceil(framesInFlight / PROGRESS_PARTS);
    const { port, progressPort } = await sink.call('start', { progressEvery });
    const server = { host: '127.0.0.1', port, token: 'none' };
    const flood = { kind: 'flood' as const, framesInFlight, progressPort };
    await load.call('connect', { ...flood, server, connections, readingsPerFrame, seed });
    const measured = { load, serverPid: sink.pid, markServer: () => sink.call('mark') };
    const { before, after, cpu } = await measureWindow(measured, order, signal);
    const seconds = (after.server.atUs - before.server.atUs) / 1e6;
    const framesPerS = (after.server.frames - before.server.frames) / seconds;
    return {
      arm: 'bare',
      readings_per_frame: readingsPerFrame,
      window_s: seconds,
      frames_per_s: framesPerS,
      readings_per_s: framesPerS * readingsPerFrame,
      ack_ms: null,
      cpu,
      rss_peak_mb: megabytes(processUse(sink.pid).rssPeakBytes),
      kept: null,
    };
  } finally {
    await Promise.all([load.end(), sink.end()]);
  }
};
