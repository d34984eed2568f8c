import { writeFile } from 'node:fs/promises';
import { BENCH_CASES, type BenchCase } from '@weir/bench';
import { flagOf, leavesOf, loadConfig, type Leaf } from '@weir/runtime';
import { Command, Option } from 'commander';
import { kebab } from '../config-options.js';
import { ExitCode, untilInterrupted } from '../session.js';

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
    .option('--json', 'print the result, raw data included, as one JSON object')
    .option('--out <file>', 'write that object to a file')
    .addHelpText('after', bench.help)
    .action((given: { readonly json?: boolean; readonly out?: string }) => runCase(bench, given));
}

async function runCase(
  bench: BenchCase,
  given: Readonly<Record<string, unknown>> & { readonly json?: boolean; readonly out?: string },
): Promise<void> {
  const flags = Object.fromEntries(Object.entries(given).map(([name, value]) => [kebab(name), value]));
  const options = loadConfig(bench.options, { flags, envPrefix: 'WEIR_BENCH' });
  const { json = false, out } = given;
  const signal = untilInterrupted();
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  const result = await bench.run(options, { signal, progress }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    progress('interrupted: no result');
    process.exitCode = ExitCode.interrupted;
    return null;
  });
  if (result === null) return;
  const text = `${JSON.stringify(result)}\n`;
  if (out !== undefined) await writeFile(out, text);
  process.stdout.write(json ? text : `${bench.table(result)}\n`);
}

function optionOf(leaf: Leaf): Option {
  const fallback =
    leaf.defaultText === null || leaf.defaultText === '' ? '' : ` (default ${leaf.defaultText})`;
  const argument = leaf.boolean ? '' : ` <${leaf.kind === 'number' ? 'number' : 'text'}>`;
  return new Option(flagOf(leaf) + argument, leaf.description + fallback);
}
