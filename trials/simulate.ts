/** `npm run simulate`: agents, hub, sinks, disks and network on virtual time, from a seed. */
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { BUGS } from './simulation/bugs.js';
import { EMPTY, add, closingLine, failureLine, reportJson, type Tally } from './simulation/report.js';
import { runSeeds } from './simulation/runner.js';
import { simulate } from './simulation/simulation.js';
import { traceLine } from './simulation/trace.js';

interface Options {
  readonly seeds: number;
  readonly from: number;
  readonly seed?: number;
  readonly trace: boolean;
  readonly bug?: string;
  readonly jobs: number;
  readonly json: boolean;
}

const SEED_MAX = 2 ** 48;
const PROGRESS_MS = 500;

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
  };
}

function bugName(text: string): string {
  if (Object.hasOwn(BUGS, text)) return text;
  throw new InvalidArgumentError(`expected one of ${Object.keys(BUGS).join(', ')}`);
}

const bugList = Object.entries(BUGS)
  .map(([name, { about }]) => `  ${name.padEnd(24)} ${about}`)
  .join('\n');

const options = new Command('simulate')
  .description(
    'Puts the real agents, hub and sinks on a simulated network, disks and clocks, troubles them as the seed has it, and ' +
      'checks in the end that nothing acknowledged is missing, nothing is stored twice, every time is within its stated ' +
      'bounds, everything not stored is in the ledger, and all is quiet in bounded time.',
  )
  .option('--seeds <n>', 'how many seeds', whole(1, 1e9), 100)
  .option('--from <n>', 'the first of them', whole(0, SEED_MAX), 1)
  .option('--seed <n>', 'this seed alone', whole(0, SEED_MAX))
  .option('--trace', 'with --seed: tell the story, a line an event (seconds, who, what)', false)
  .option('--bug <name>', 'plant a bug, to see it found', bugName)
  .option('--jobs <n>', 'threads', whole(1, 64), availableParallelism())
  .option('--json', 'the report as one JSON object on stdout, all else on stderr', false)
  .addHelpText(
    'after',
    `
A seed is a world: the same seed gives the same story, whatever the machine does meanwhile. A seed that fails prints one
line with the invariant, the reading and the command that replays it. Exit code 1 when any failed. Ctrl-C ends it with the
summary so far (exit code 130).

Bugs to plant:
${bugList}

Examples:
  npm run simulate -- --seeds 1000
  npm run simulate -- --seed 42 --trace | less
  npm run simulate -- --seeds 100 --bug ack_before_fsync`,
  )
  .parse()
  .opts<Options>();

if (options.trace && options.seed === undefined) {
  process.stderr.write('error: --trace tells the story of one seed: name it with --seed\n');
  process.exit(2);
}

const bug = options.bug ?? null;
const out = options.json ? process.stderr : process.stdout;
let tally: Tally = EMPTY;

if (options.seed !== undefined) await one(options.seed);
else await many();
if (options.json) process.stdout.write(`${JSON.stringify(reportJson(tally, bug))}\n`);
out.write(`${closingLine(tally)}\n`);
process.exitCode ??= tally.failures.length > 0 ? 1 : 0;

async function one(seed: number): Promise<void> {
  const outcome = await simulate(seed, {
    bug: bug === null ? null : (BUGS[bug] ?? null),
    listener: options.trace ? (...event) => void out.write(`${traceLine(...event)}\n`) : null,
  });
  tally = add(tally, outcome);
  for (const { invariant, detail } of outcome.violations) out.write(`${invariant}: ${detail}\n`);
  out.write(`seed ${seed}: ${outcome.events} events, ${outcome.readings} readings, story ${outcome.hash}\n`);
}

async function many(): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => {
    process.exitCode = 130;
    stop.abort();
  });
  const progress = process.stderr.isTTY ? setInterval(showProgress, PROGRESS_MS) : null;
  await runSeeds({
    first: options.from,
    count: options.seeds,
    threads: options.jobs,
    bug,
    signal: stop.signal,
    onOutcome: (outcome) => {
      tally = add(tally, outcome);
      if (outcome.violations.length > 0) sayLine(failureLine(outcome, bug));
      return undefined;
    },
  });
  if (progress !== null) clearInterval(progress);
  clearProgress();
}

function showProgress(): void {
  process.stderr.write(`\r${tally.seeds} of ${options.seeds} seeds, ${tally.failures.length} failed`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}

function sayLine(line: string): void {
  clearProgress();
  out.write(`${line}\n`);
}
