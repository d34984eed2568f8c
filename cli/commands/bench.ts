import { constants } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BENCH_CASES, columns, type BenchCase } from '@weir/bench';
import { flagOf, leavesOf, loadConfig, messageOf, WeirError, type Leaf } from '@weir/runtime';
import { Command, Option } from 'commander';
import { kebab } from '../config-options.js';
import { Progress } from '../progress.js';
import { ExitCode, untilInterrupted } from '../session.js';

/** How this command is started: what it measures it may have to start itself. */
const WEIR = [process.execPath, fileURLToPath(new URL('../../bin/weir.cjs', import.meta.url))];

type Given = Readonly<Record<string, unknown>> & {
  /** True: to stdout; else the name of a file. */
  readonly json?: boolean | string;
  readonly quick?: boolean;
};

export function benchCommand(): Command {
  const command = new Command('bench').description(
    'Measure Weir on this machine, beside what it is compared to in the same run.',
  );
  for (const each of BENCH_CASES) command.addCommand(caseCommand(each));
  return command.addHelpText(
    'after',
    `
Examples:
  weir bench ingest
  weir bench ingest --json --readings-per-frame 1 --seconds 10 --repeats 5
  weir bench compare --quick
  weir bench connections --json connections.json
Progress goes to stderr, a table to stdout; with --json the whole result as one object instead, with --json FILE both.
Nothing else should run meanwhile: the results have the machine's load in them.`,
  );
}

function caseCommand(bench: BenchCase): Command {
  const command = new Command(bench.name).description(`Measure ${bench.summary}.`);
  for (const leaf of leavesOf(bench.options)) command.addOption(optionOf(leaf));
  return command
    .option(
      '--quick',
      bench.quickSummary ?? 'make it end in seconds, to see that it works; the figures mean nothing',
    )
    .option('--json [file]', 'print the result, raw data included, as one JSON object, or write it to a file')
    .addHelpText('after', bench.help)
    .action((given: Given) => runCase(bench, given));
}

async function runCase(bench: BenchCase, given: Given): Promise<void> {
  const { json = false, quick = false } = given;
  const flags = {
    ...(quick ? renamed(bench.quick, (key) => key.replaceAll('_', '-')) : {}),
    ...renamed(given, kebab),
  };
  const options = loadConfig(bench.options, { flags, envPrefix: 'WEIR_BENCH' });
  if (typeof json === 'string') await checkFolder(json);
  const signal = untilInterrupted();
  const progress = new Progress();
  const context = { signal, weir: WEIR, progress: progress.line, advance: progress.advance };
  const result = await bench
    .run(options, context)
    .catch((error: unknown) => {
      if (!signal.aborted) throw error;
      progress.line('interrupted: no result');
      process.exitCode = ExitCode.interrupted;
      return null;
    })
    .finally(() => progress.end());
  if (result === null) return;
  const text = `${JSON.stringify(result)}\n`;
  if (typeof json === 'string') await writeFile(json, text);
  process.stdout.write(json === true ? text : `${bench.table(result, columns)}\n`);
}

/** Before an hour of measuring, not after it. */
async function checkFolder(file: string): Promise<void> {
  const folder = dirname(resolve(file));
  await access(folder, constants.W_OK).catch((error: unknown) => {
    throw new WeirError('config.invalid', `--json: cannot write into ${folder}: ${messageOf(error)}`);
  });
}

function renamed(
  values: Readonly<Record<string, unknown>>,
  rename: (key: string) => string,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [rename(key), value]));
}

function optionOf(leaf: Leaf): Option {
  const fallback =
    leaf.defaultText === null || leaf.defaultText === '' ? '' : ` (default ${leaf.defaultText})`;
  const argument = leaf.boolean ? '' : ` <${leaf.kind === 'number' ? 'number' : 'text'}>`;
  return new Option(flagOf(leaf) + argument, leaf.description + fallback);
}
