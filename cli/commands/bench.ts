import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { BENCH_CASES, columns, type BenchCase } from '@weir/bench';
import { flagOf, leavesOf, loadConfig, type Leaf } from '@weir/runtime';
import { Command, Option } from 'commander';
import { kebab } from '../config-options.js';
import { ExitCode, untilInterrupted } from '../session.js';

/** How this command is started: what it measures it may have to start itself. */
const WEIR = [process.execPath, fileURLToPath(new URL('../../bin/weir.cjs', import.meta.url))];

type Given = Readonly<Record<string, unknown>> & {
  readonly json?: boolean;
  readonly quick?: boolean;
  readonly out?: string;
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
  weir bench ingest --json --readings-per-frame 1 --seconds 10 --repeats 5 --out ingest.json
Progress goes to stderr, a table (with --json the whole result as one object) to stdout.
Nothing else should run meanwhile: the results have the machine's load in them.`,
  );
}

function caseCommand(bench: BenchCase): Command {
  const command = new Command(bench.name).description(`Measure ${bench.summary}.`);
  for (const leaf of leavesOf(bench.options)) command.addOption(optionOf(leaf));
  return command
    .option('--quick', 'make it end in seconds, to see that it works; the figures mean nothing')
    .option('--json', 'print the result, raw data included, as one JSON object')
    .option('--out <file>', 'write that object to a file')
    .addHelpText('after', bench.help)
    .action((given: Given) => runCase(bench, given));
}

async function runCase(bench: BenchCase, given: Given): Promise<void> {
  const { json = false, quick = false, out } = given;
  const flags = {
    ...(quick ? renamed(bench.quick, (key) => key.replaceAll('_', '-')) : {}),
    ...renamed(given, kebab),
  };
  const options = loadConfig(bench.options, { flags, envPrefix: 'WEIR_BENCH' });
  const signal = untilInterrupted();
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  const result = await bench.run(options, { signal, progress, weir: WEIR }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    progress('interrupted: no result');
    process.exitCode = ExitCode.interrupted;
    return null;
  });
  if (result === null) return;
  const text = `${JSON.stringify(result)}\n`;
  if (out !== undefined) await writeFile(out, text);
  process.stdout.write(json ? text : `${bench.table(result, columns)}\n`);
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
