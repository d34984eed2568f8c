import { createLogger } from '@weir/runtime';
import { Command } from 'commander';
import {
  addLogOption,
  ExitCode,
  parseDuration,
  parseInteger,
  parseRate,
  untilInterrupted,
  type LogOption,
} from '../session.js';
import { defaultDataFolder } from '../up/data-folder.js';
import { describeSummary, isWhole } from '../up/summary.js';
import { up } from '../up/up.js';

interface Options extends LogOption {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly mqttPort: number;
  readonly devices: number;
  readonly rate: number;
  readonly for?: number;
  readonly json?: boolean;
}

export function upCommand(): Command {
  const command = new Command('up')
    .description(
      'Run everything on this machine: hub, store, MQTT broker, bridge, console, simulated sensors.',
    )
    .option('--data <dir>', 'folder that keeps all state', defaultDataFolder(process.env))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--port <number>',
      'port of the hub: console, API, devices; 0 picks one',
      parseInteger(0, 65_535),
      8087,
    )
    .option('--mqtt-port <number>', 'port of the MQTT broker; 0 picks one', parseInteger(0, 65_535), 1883)
    .option(
      '--devices <number>',
      'virtual devices beside the one on a serial line',
      parseInteger(0, 5_000),
      5,
    )
    .option('--rate <hz>', 'readings a second of each channel of a virtual device', parseRate, 1)
    .option(
      '--for <duration>',
      'end by itself after so long, such as 20s; then drain, count and compare',
      parseDuration,
    )
    .option('--json', 'print the summary as one JSON object on the last line of stdout')
    .addHelpText(
      'after',
      `
At its end it lets every reading arrive and counts: sent and acknowledged by the agents, stored by a query of the store,
published by a subscriber on the broker. Exit code 0 only when all four are equal and nothing came twice.

Examples:
  weir up
  weir up --for 20s --json
  weir up --devices 200 --rate 10 --data /tmp/weir`,
    );
  return addLogOption(command, 'warn').action(async (options: Options) => {
    const human = options.json === true ? process.stderr : process.stdout;
    const summary = await up(
      {
        ...options,
        rateHz: options.rate,
        forMs: options.for,
        logger: createLogger({ name: 'weir', level: options.logLevel }),
        output: human,
      },
      untilInterrupted(),
    );
    human.write(`${describeSummary(summary)}\n`);
    if (options.json === true) process.stdout.write(`${JSON.stringify(summary)}\n`);
    process.exitCode = isWhole(summary) ? ExitCode.ok : ExitCode.failed;
  });
}
