/** `npm run torture`: hub, agents, bridge and mosquitto as real processes, killed at random. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { FAULT_KINDS, type FaultKind } from './torture/plan.js';
import { closingLine, reportJson, reportLines } from './torture/report.js';
import { runTrial } from './torture/trial.js';

interface Options {
  readonly rounds: number;
  readonly seed?: number;
  readonly agents: number;
  readonly rate: number;
  readonly faults: readonly FaultKind[];
  readonly json: boolean;
  readonly keep: boolean;
}

const SEEDS = 2 ** 31;

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
  };
}

function faultKinds(text: string): FaultKind[] {
  return text.split(',').map((name) => {
    const kind = FAULT_KINDS.find((each) => each === name.trim());
    if (kind === undefined) throw new InvalidArgumentError(`expected some of ${FAULT_KINDS.join(',')}`);
    return kind;
  });
}

/** The first Ctrl-C ends the rounds, the second everything. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return controller.signal;
}

const command = new Command('torture')
  .description(
    'Runs hub, agents, bridge and mosquitto as real processes, kills them with SIGKILL at random moments, and compares ' +
      'what was acknowledged to the agents with what the embedded store and an MQTT subscriber hold in the end.',
  )
  .option('--rounds <n>', 'rounds of faults', whole(1, 100_000), 50)
  .option('--seed <n>', 'what is done to whom; a new one unless given', whole(0, SEEDS))
  .option('--agents <n>', 'agents', whole(1, 100), 4)
  .option('--rate <n>', 'readings a second of each agent', whole(1, 10_000), 250)
  .addOption(
    new Option('--faults <kinds>', `some of ${FAULT_KINDS.join(',')}; disk needs root`)
      .argParser(faultKinds)
      .default(['kill', 'freeze', 'cut', 'silence'], 'kill,freeze,cut,silence'),
  )
  .option('--json', 'the report as one JSON object on stdout, the closing line on stderr', false)
  .option(
    '--keep',
    'keep the folder of logs, stores and journals; always kept when something is wrong',
    false,
  )
  .addHelpText(
    'after',
    `
Each round lets readings flow, then kills one process and does up to three things more: kill (SIGKILL, started again),
freeze (SIGSTOP, SIGCONT), cut (a link's connections end), silence (a link passes nothing), disk (the hub's disk is full).
Exit code 1 when a reading was lost, stored twice, altered or misdated, or something did not come to rest.
Ctrl-C ends the rounds and compares; a second one ends at once.`,
  );

const options = command.parse().opts<Options>();
const seed = options.seed ?? Date.now() % SEEDS;
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const signal = interrupted();
say(`seed ${seed}`);
const report = await runTrial({
  ...options,
  seed,
  readingsPerSecond: options.rate,
  signal,
  progress: say,
});
if (options.json) process.stdout.write(`${JSON.stringify(reportJson(report))}\n`);
else process.stdout.write(reportLines(report).join('\n') + '\n');
(options.json ? process.stderr : process.stdout).write(`${closingLine(report)}\n`);
process.exitCode = report.failed ? 1 : 0;
