import { readFile } from 'node:fs/promises';
import { fleetNames, startFleet, type Fleet } from '@weir/firmware-sim';
import { createLogger, systemClock, systemEntropy, systemTimers, WeirError, messageOf } from '@weir/runtime';
import { Command } from 'commander';
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
import { latencyHistogram, recordLatency } from '../latency.js';

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
const DRAIN_MS_MAX = 60_000;

export function simCommand(): Command {
  const command = new Command('sim')
    .description("Run a fleet of virtual devices with the agent's own spool and link against a hub.")
    .option('--hub <url>', 'the hub', 'ws://127.0.0.1:8087')
    .option('--token <token>', 'token for the hub (environment: WEIR_TOKEN)', process.env.WEIR_TOKEN)
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
  return addLogOption(command, 'warn').action(async (options: Options) => {
    process.exitCode = await simulate(options, untilInterrupted());
  });
}

async function simulate(options: Options, signal: AbortSignal): Promise<number> {
  const fleet = await startFleet(
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
  const latencyUs = latencyHistogram();
  fleet.onAck(recordLatency(latencyUs));
  const names = fleetNames(options.prefix, options.devices);
  process.stderr.write(
    `${names[0]} to ${names.at(-1)}, ${options.channels} channels at ${options.rate} Hz, to ${options.hub}\n`,
  );
  const ticker = setInterval(() => process.stderr.write(`${progress(fleet)}\n`), PROGRESS_MS);
  await ended(signal, options.for);
  fleet.stopReading();
  await Promise.race([fleet.drained(), ended(AbortSignal.timeout(DRAIN_MS_MAX))]);
  clearInterval(ticker);
  const { connected, ...stats } = fleet.stats();
  await fleet.close();
  const result = {
    devices: stats.devices,
    connected,
    readings_sent: stats.sent,
    readings_acked: stats.acked,
    readings_rejected: stats.rejected,
    readings_expired: stats.expired,
    backlog_frames: stats.backlogFrames,
    bytes_sent: stats.bytesSent,
    latency_ms: {
      p50: latencyUs.getValueAtPercentile(50) / 1000,
      p99: latencyUs.getValueAtPercentile(99) / 1000,
    },
  };
  process.stderr.write(`${progress(fleet)}\n`);
  if (options.json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
  return stats.sent > 0 && stats.sent === stats.acked && stats.backlogFrames === 0
    ? ExitCode.ok
    : ExitCode.failed;
}

function progress(fleet: Fleet): string {
  const { devices, connected, sent, acked, backlogFrames } = fleet.stats();
  return `connected ${connected}/${devices}   sent ${sent}   acknowledged ${acked}   waiting ${backlogFrames} frames`;
}

async function tokenOf({ token, tokenFile }: Options): Promise<string> {
  if (token !== undefined) return token;
  if (tokenFile === undefined)
    throw new WeirError('config.missing', 'a token is needed: --token, --token-file or WEIR_TOKEN');
  try {
    return (await readFile(tokenFile, 'utf8')).trim();
  } catch (error) {
    throw new WeirError('config.missing', `--token-file: cannot read ${tokenFile}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
