import { Command } from 'commander';
import { z } from 'zod';
import { addHubOptions, hubApi, type HubOptions } from '../hub-options.js';
import type { HubApi } from '../hub-api.js';
import { printable } from '../printable.js';
import { ended, ExitCode, untilInterrupted } from '../session.js';
import { timeOf } from '../utc.js';

interface Options extends HubOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
}

const explanationSchema = z.looseObject({
  ok: z.boolean(),
  summary: z.string(),
  time_us: z.number(),
  findings: z.array(
    z.object({
      severity: z.enum(['error', 'warning', 'note']),
      code: z.string(),
      since_us: z.number().nullable(),
      message: z.string(),
      advice: z.string(),
    }),
  ),
});

type Explanation = z.output<typeof explanationSchema>;

const WATCH_MS = 2_000;
const WIDTH_MAX = 100;

export function explainCommand(): Command {
  const command = new Command('explain')
    .description('Say why nothing arrives from a device, or from one of its channels; or that all is well.')
    .argument('<device>', 'its name')
    .argument('[channel]', 'one of its channels, such as boiler/temperature')
    .option('--json', 'print what the hub answers as one JSON object')
    .option('--watch', 'look again every two seconds and tell each change, until Ctrl-C');
  return addHubOptions(command)
    .addHelpText(
      'after',
      `
Looks at the whole way: name and token, connection, ports, sensors, clock, refusals, backlog, the hub's disk, the stores.
Findings are errors (nothing arrives because of it), warnings (some does not) and notes (nothing to do).
Exit code: 0 nothing is wrong, 3 an error or a warning was found, 1 the hub cannot be asked, 2 wrong usage.

Examples:
  weir explain boiler-house
  weir explain boiler-house boiler/temperature
  weir explain boiler-house --json | jq .backlog`,
    )
    .action(async (device: string, channel: string | undefined, options: Options) => {
      const api = await hubApi(options);
      const look = (): Promise<Explanation> => askHub(api, device, channel);
      const print = options.json === true ? (each: Explanation) => JSON.stringify(each) : describeExplanation;
      const dated = (each: Explanation): string => `${timeOf(each.time_us)} ${print(each)}`;
      const line = options.json === true ? print : dated;
      const last = options.watch === true ? await watch(look, line) : await look();
      if (options.watch !== true) process.stdout.write(`${print(last)}\n`);
      process.exitCode = last.ok ? ExitCode.ok : ExitCode.found;
    });
}

function askHub(api: HubApi, device: string, channel: string | undefined): Promise<Explanation> {
  return api.get(`/api/v1/devices/${encodeURIComponent(device)}/explain`, explanationSchema, { channel });
}

/** Prints whenever there are other findings than before. Returns the last. */
async function watch(
  look: () => Promise<Explanation>,
  print: (each: Explanation) => string,
): Promise<Explanation> {
  const signal = untilInterrupted();
  let shown = '';
  for (;;) {
    const now = await look();
    const codes = now.findings.map(({ severity, code }) => `${severity} ${code}`).join() || 'none';
    if (codes !== shown) process.stdout.write(`${print(now)}\n`);
    shown = codes;
    await ended(signal, WATCH_MS);
    if (signal.aborted) return now;
  }
}

/** For people: the sentence, then each finding with what to do. */
export function describeExplanation({ ok, summary, findings }: Explanation): string {
  const blocks = findings.map(({ severity, code, since_us: sinceUs, message, advice }) => {
    const since = sinceUs === null ? '' : `   since ${timeOf(sinceUs)}`;
    return [
      `${severity.padEnd(8)}${code}${since}`,
      ...wrapped(message, '        '),
      ...wrapped(advice, '     -> '),
    ].join('\n');
  });
  const head = ok ? [`${printable(summary)}.`] : [];
  return [...head, ...blocks].join('\n\n');
}

/** Lines of at most so many characters; those after the first stand under its text. */
function wrapped(text: string, indent: string): string[] {
  const width = Math.min(WIDTH_MAX, process.stdout.columns || WIDTH_MAX) - indent.length;
  const lines: string[] = [];
  for (const word of printable(text).split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.map((line, place) => (place === 0 ? indent : ' '.repeat(indent.length)) + line);
}
