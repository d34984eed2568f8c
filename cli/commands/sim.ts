import { readFile } from 'node:fs/promises';
import { Latency } from '@weir/bench';
import { startFleet, type Fleet, type FleetStats } from '@weir/firmware-sim';
import { createLogger, systemClock, systemEntropy, systemTimers, WeirError, messageOf } from '@weir/runtime';
import { Command, Option } from 'commander';
import {
  addLogOption,
  ended,
  ExitCode,
  parseDuration,
  parseInteger,
  parseRate,
  untilInterrupted,
  type LogOption,
} from '../session.js';
import { simLineCommand } from './sim-line.js';

interface Options extends LogOption {
  readonly hub: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly devices: number;
  readonly rate: number;
  readonly channels: number;
  readonly prefix: string;
  readonly spool?: string;
  readonly seed: number;
  readonly for?: number;
  readonly json?: boolean;
}

const PROGRESS_MS = 1_000;
/** Twice the longest pause between two tries of an agent to connect. */
const DRAIN_MS_MAX = 60_000;

export function simCommand(): Command {
  const command = new Command('sim')
    .description("Run a fleet of virtual devices with the agent's own spool and link against a hub.")
    .option('--hub <url>', 'the hub', 'ws://127.0.0.1:8087')
    .addOption(new Option('--token <token>', 'token for the hub').env('WEIR_SIM_TOKEN'))
    .option('--token-file <file>', 'file that holds the token')
    .option('--devices <number>', 'how many', parseInteger(1, 20_000), 10)
    .option('--rate <hz>', 'readings a second of each channel', parseRate, 1)
    .option('--channels <number>', 'channels of each device', parseInteger(1, 256), 4)
    .option('--prefix <name>', 'devices are named PREFIX-0001 and so on', 'virtual')
    .option('--spool <dir>', 'keep spools on disk in this folder (default: in memory)')
    .option('--seed <number>', 'the same seed gives the same signals', parseInteger(0, 2 ** 31), 1)
    .option('--for <duration>', 'end by itself after so long, such as 1m; then drain', parseDuration)
    .option('--json', 'print the result as one JSON object on the last line of stdout')
    .addHelpText(
      'after',
      `
Example:
  weir sim --devices 1000 --rate 2 --token-file /var/lib/weir/token --for 1m
Exit code 0 only when the hub has acknowledged every reading sent.`,
    );
  return addLogOption(command, 'warn')
    .addCommand(simLineCommand())
    .action(async (options: Options) => {
      process.exitCode = await simulate(options, untilInterrupted());
    });
}

async function simulate(options: Options, signal: AbortSignal): Promise<number> {
  const fleet = await fleetOf(options);
  const latency = new Latency();
  fleet.onAck(latency.acked);
  const [first, last] = [fleet.names[0], fleet.names.at(-1)];
  process.stderr.write(
    `${first} to ${last}, ${options.channels} channels at ${options.rate} Hz, to ${options.hub}\n`,
  );
  const ticker = setInterval(() => process.stderr.write(`${progress(fleet)}\n`), PROGRESS_MS);
  try {
    await ended(signal, options.for);
    fleet.stopReading();
    await drain(fleet, signal);
    process.stderr.write(`${progress(fleet)}\n`);
    const stats = fleet.stats();
    if (options.json === true) process.stdout.write(`${JSON.stringify(resultOf(stats, latency))}\n`);
    const whole = stats.sent > 0 && stats.taken === stats.acked && stats.backlogFrames === 0;
    return whole ? ExitCode.ok : ExitCode.failed;
  } finally {
    clearInterval(ticker);
    await fleet.close();
  }
}

async function fleetOf(options: Options): Promise<Fleet> {
  return startFleet(
    {
      hub: options.hub,
      token: await tokenOf(options),
      devices: options.devices,
      rateHz: options.rate,
      channels: options.channels,
      prefix: options.prefix,
      spool: options.spool === undefined ? 'memory' : { dir: options.spool },
      seed: options.seed,
    },
    {
      clock: systemClock,
      timers: systemTimers,
      entropy: systemEntropy,
      logger: createLogger({ name: 'sim', level: options.logLevel }),
    },
  );
}

function resultOf(stats: FleetStats, latency: Latency): object {
  const { p50, p99 } = latency.summary();
  return {
    devices: stats.devices,
    connected: stats.connected,
    readings_taken: stats.taken,
    readings_sent: stats.sent,
    readings_acked: stats.acked,
    readings_rejected: stats.rejected,
    readings_expired: stats.expired,
    backlog_frames: stats.backlogFrames,
    bytes_sent: stats.bytesSent,
    latency_ms: { p50, p99 },
  };
}

/**
 * Until the hub has confirmed all, or nothing can be: no device was ever let in. Where the run ended by itself Ctrl-C ends
 * this; where Ctrl-C ended the run, a second one ends the process.
 */
async function drain(fleet: Fleet, signal: AbortSignal): Promise<void> {
  const { connected, sent, reason } = fleet.stats();
  if (connected === 0 && sent === 0)
    throw new WeirError('sim.not_connected', `no device could connect: ${reason}`);
  process.stderr.write('draining: every reading on its way is let arrive (Ctrl-C ends at once)\n');
  const over = new AbortController();
  signal.addEventListener('abort', () => over.abort());
  await Promise.race([fleet.drained(), ended(over.signal, DRAIN_MS_MAX)]);
  over.abort();
}

function progress(fleet: Fleet): string {
  const { devices, connected, sent, acked, backlogFrames } = fleet.stats();
  return `connected ${connected}/${devices}   sent ${sent}   acknowledged ${acked}   waiting ${backlogFrames} frames`;
}

async function tokenOf({ token, tokenFile }: Options): Promise<string> {
  if (token !== undefined && token !== '') return token;
  if (tokenFile === undefined)
    throw new WeirError('config.missing', 'a token is needed: --token, --token-file or WEIR_SIM_TOKEN');
  try {
    return (await readFile(tokenFile, 'utf8')).trim();
  } catch (error) {
    throw new WeirError('config.missing', `--token-file: cannot read ${tokenFile}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
