import {
  LINE_FORMATS,
  openPty,
  openTcpLine,
  simulatedSensors,
  startMicrocontroller,
  type LineFormat,
  type Microcontroller,
} from '@weir/firmware-sim';
import { seededEntropy, systemClock, systemTimers } from '@weir/runtime';
import { Command, Option } from 'commander';
import {
  ended,
  parseDuration,
  parseInteger,
  parseProbability,
  parseRate,
  untilInterrupted,
} from '../session.js';

interface Options {
  readonly pty?: string;
  readonly tcp?: number;
  readonly sensors: number;
  readonly rate: number;
  readonly format: LineFormat;
  readonly garbage: number;
  readonly cut: number;
  readonly seed: number;
  readonly for?: number;
}

const PROGRESS_MS = 1_000;

export function simLineCommand(): Command {
  return new Command('line')
    .description('Play one microcontroller on a serial line, for an agent to read.')
    .addOption(new Option('--pty <path>', 'make a pseudo terminal there (needs socat)').conflicts('tcp'))
    .option(
      '--tcp <port>',
      'serve the line on this loopback TCP port, as ser2net would; 0 picks one',
      parseInteger(0, 65_535),
    )
    .option('--sensors <number>', 'how many sensors', parseInteger(1, 64), 6)
    .option('--rate <hz>', 'sets of readings a second', parseRate, 5)
    .addOption(new Option('--format <format>', 'how a set is written').choices(LINE_FORMATS).default('json'))
    .option('--garbage <probability>', 'of random bytes before a set, 0 to 1', parseProbability, 0)
    .option('--cut <probability>', 'of a set that breaks off, 0 to 1', parseProbability, 0)
    .option('--seed <number>', 'the same seed gives the same signals and faults', parseInteger(0, 2 ** 31), 1)
    .option('--for <duration>', 'end by itself after so long', parseDuration)
    .addHelpText(
      'after',
      `
Example:
  weir sim line --pty /tmp/ttySIM0 --garbage 0.01 --cut 0.01
with a source in agent.yaml:  { type: serial, name: board, path: /tmp/ttySIM0, format: { type: json } }`,
    )
    .action(async (options: Options) => play(options, untilInterrupted()));
}

async function play(options: Options, signal: AbortSignal): Promise<void> {
  const line = options.pty === undefined ? await openTcpLine(options.tcp ?? 0) : await openPty(options.pty);
  const { address } = line;
  process.stderr.write(
    `line: ${address.kind === 'pty' ? address.path : `tcp ${address.host}:${address.port}`}\n`,
  );
  const entropy = seededEntropy(options.seed);
  const controller = startMicrocontroller({
    ...{ line, entropy, clock: systemClock, timers: systemTimers },
    sensors: simulatedSensors(options.sensors, entropy),
    rateHz: options.rate,
    format: options.format,
    garbage: options.garbage,
    cut: options.cut,
  });
  const ticker = setInterval(() => process.stderr.write(`${progress(controller)}\n`), PROGRESS_MS);
  await ended(signal, options.for);
  clearInterval(ticker);
  controller.stop();
  process.stderr.write(`${progress(controller)}\n`);
  await line.close();
}

function progress(controller: Microcontroller): string {
  const { written, cut, garbageBytes, dropped } = controller.counts();
  return `sets written ${written}   cut ${cut}   garbage ${garbageBytes} B   not read ${dropped}`;
}
