/** `weir bench agent`: what an agent costs the small computer that it runs on, with its hub and without. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { durationSchema } from '@weir/runtime';
import { benchCase, type BenchContext } from '../../case.js';
import { conditions, type Conditions } from '../../measure/conditions.js';
import { dataFolder } from '../../measure/data-folder.js';
import { processUse, useBetween } from '../../measure/process-meter.js';
import { significant, type TableFormat } from '../../report/columns.js';
import { AgentScene } from './scene.js';

const options = z.strictObject({
  channels: z.number().int().min(1).max(64).default(10).describe('Sensors on the serial line of the agent'),
  rate: z.number().min(0.01).max(1_000).default(1).describe('Readings a second of each'),
  commit_delay: durationSchema.prefault('1s').describe('spool.commit_delay of the agent'),
  seconds: z.number().min(0.1).max(86_400).default(60).describe('Measured window, online and offline each'),
  settle: z.number().min(0).max(600).default(15).describe('Seconds before each window'),
  recovery: z.number().min(1).max(600).default(120).describe('Longest wait for what was read offline'),
  dir: z
    .string()
    .default('')
    .describe("Where spool and data go during the run; the system's temporary folder"),
});
export type AgentOptions = z.output<typeof options>;

/** One window of the agent's process. What is a day's is the window's, multiplied. */
export interface AgentWindow {
  readonly window_s: number;
  readonly readings: number;
  readonly cpu_s: number;
  readonly bytes_written: number;
  /** At its end. */
  readonly rss_mb: number;
  /** Of one core. */
  readonly cpu_percent: number;
  readonly cpu_s_per_day: number;
  readonly bytes_written_per_day: number;
}

export interface AgentResult {
  readonly bench: 'agent';
  readonly conditions: Conditions;
  readonly options: AgentOptions;
  /** The hub is there and confirms. */
  readonly online: AgentWindow;
  /** The hub is gone; readings go to the spool. */
  readonly offline: AgentWindow;
  readonly rss_peak_mb: number;
  /** Payload of the frames that the hub got in the online window. */
  readonly frame_bytes_per_reading: number;
  /** Readings that the sensors wrote to the line in the whole run, and what the hub's store has of them once it is back. */
  readonly readings_written: number;
  readonly readings_stored: number;
}

const DAY_S = 86_400;

async function run(options: AgentOptions, { signal, progress, weir }: BenchContext): Promise<AgentResult> {
  const dir = await dataFolder(options.dir);
  const found = await conditions(dir);
  const folder = await mkdtemp(join(dir, 'weir-bench-'));
  const scene = await AgentScene.start({
    ...options,
    commitDelayMs: options.commit_delay,
    folder,
    weir,
    signal,
  });
  try {
    const settle = (): Promise<void> => sleep(options.settle * 1000, undefined, { signal });
    progress(`online for ${options.settle} + ${options.seconds} s`);
    await scene.connected();
    await settle();
    const received = await scene.received();
    const online = await windowOf(scene, options.seconds, signal);
    const bytes = (await scene.received()) - received;
    progress(`offline for ${options.settle} + ${options.seconds} s`);
    await scene.stopHub();
    await settle();
    const offline = await windowOf(scene, options.seconds, signal);
    progress('the hub comes back and is asked for everything');
    await scene.startHub();
    const stored = await scene.settled(options.recovery * 1000);
    const { rssPeakBytes } = processUse(scene.pid);
    return {
      ...{ bench: 'agent', conditions: found, options, online, offline },
      rss_peak_mb: rssPeakBytes / 1e6,
      frame_bytes_per_reading: bytes / online.readings,
      readings_written: scene.readingsWritten,
      readings_stored: stored,
    };
  } finally {
    await scene.end();
    await rm(folder, { recursive: true, force: true });
  }
}

async function windowOf(scene: AgentScene, seconds: number, signal: AbortSignal): Promise<AgentWindow> {
  const startMs = performance.now();
  const [before, readingsBefore] = [processUse(scene.pid), scene.readingsWritten];
  await sleep(seconds * 1000, undefined, { signal });
  scene.check();
  const after = processUse(scene.pid);
  const elapsedS = (performance.now() - startMs) / 1000;
  const { cpuS, writtenBytes } = useBetween(before, after);
  return {
    window_s: elapsedS,
    readings: scene.readingsWritten - readingsBefore,
    cpu_s: cpuS,
    bytes_written: writtenBytes,
    rss_mb: after.rssBytes / 1e6,
    cpu_percent: (cpuS / elapsedS) * 100,
    cpu_s_per_day: (cpuS / elapsedS) * DAY_S,
    bytes_written_per_day: (writtenBytes / elapsedS) * DAY_S,
  };
}

function table({ options, online, offline, ...result }: AgentResult, format: TableFormat): string {
  const { channels, rate, seconds } = options;
  const row = (label: string, field: keyof AgentWindow): string[] => [
    label,
    significant(online[field]),
    significant(offline[field]),
  ];
  return [
    format([
      [`an agent with ${channels} channels at ${rate} Hz`, 'online', 'offline'],
      row('CPU, % of one core', 'cpu_percent'),
      row('CPU s a day', 'cpu_s_per_day'),
      row('memory, MB', 'rss_mb'),
      row('bytes written in the window', 'bytes_written'),
      row('bytes written a day', 'bytes_written_per_day'),
    ]),
    `A day's figures are those of ${seconds} s, multiplied. Peak memory ${significant(result.rss_peak_mb)} MB; frames of ` +
      `${significant(result.frame_bytes_per_reading)} bytes a reading.`,
    `${result.readings_written} readings on the line, ${result.readings_stored} in the store.`,
  ].join('\n\n');
}

export const agent = benchCase({
  name: 'agent',
  summary: 'the CPU, memory and disk writes of a device agent, online and offline',
  help: `
The real \`weir agent\` reads simulated sensors from a line (a TCP serial port) and sends to a real hub. Then the hub is
stopped and the agent goes on with its spool. In the end the hub comes back, and its store must have every reading.`,
  options,
  quick: { rate: 20, seconds: 1, settle: 0.3, recovery: 30 },
  run,
  table,
});
