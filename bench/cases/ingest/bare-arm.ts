import type { LoadMethods } from '../../load/load-process.js';
import { Child } from '../../processes/child.js';
import { BARE_PROCESS, LOAD_PROCESS } from '../../processes/scripts.js';
import type { BareMark, BareMethods } from '../../servers/bare-process.js';
import type { RunArm } from './arm.js';
import { peakMb, ratesOf } from './arm-run.js';
import { creditOf } from './credit.js';
import { nodeFlags } from './profile.js';
import { measureWindow } from './window.js';

/** The sink says this often how far it is, while as many frames pass as are on the way at a time. */
const PROGRESS_PARTS = 16;

/** The bare sink, with as many frames on the way as a hub would allow. */
export const runBare: RunArm = async (order, { signal }) => {
  const sink = new Child<BareMethods>(BARE_PROCESS, { signal, execArgv: nodeFlags(order, 'bare') });
  const load = new Child<LoadMethods>(LOAD_PROCESS, { signal });
  try {
    const { connections, readingsPerFrame, seed, framesPerS } = order;
    const window = creditOf(connections);
    const progressEvery = Math.ceil((connections * window) / PROGRESS_PARTS);
    const { port, progressPort } = await sink.call('start', { progressEvery });
    await load.call('connect', {
      ...{ kind: 'bare', connections, readingsPerFrame, seed, framesPerS, window, progressPort },
      server: { host: '127.0.0.1', port, token: 'none' },
    });
    const measured = { load, serverPid: sink.pid, markServer: () => sink.call('mark') };
    const { before, after, cpu } = await measureWindow(measured, order, signal);
    const counted = (mark: BareMark): [us: number, frames: number] => [mark.atUs, mark.frames];
    return {
      ...ratesOf('bare', order, counted(before.server), counted(after.server)),
      ...{ ack_ms: null, cpu, rss_peak_mb: peakMb(sink.pid), kept: null },
    };
  } finally {
    await Promise.all([load.end(), sink.end()]);
  }
};
