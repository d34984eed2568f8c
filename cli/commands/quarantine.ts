import { WeirError } from '@weir/runtime';
import { Command } from 'commander';
import { z } from 'zod';
import type { HubApi } from '../hub-api.js';
import { addHubOptions, hubApi, type HubOptions } from '../hub-options.js';
import { printable } from '../printable.js';
import { ExitCode, parseInteger, untilInterrupted } from '../session.js';

interface Selection extends HubOptions {
  readonly sink?: string;
  readonly device?: string;
  readonly json?: boolean;
}

const PATH = '/api/v1/quarantine';
const PAGE = 1_000;
/** Few enough for a step to show, and to end soon when interrupted. */
const STEP = 5_000;

const pageSchema = z.looseObject({
  sink: z.string(),
  count: z.number(),
  expired: z.number(),
  entries: z.array(
    z.looseObject({
      device: z.string(),
      channel: z.string(),
      at_us: z.number(),
      status: z.number(),
      reason: z.string(),
      line: z.string(),
    }),
  ),
  next_cursor: z.string().nullable(),
});
const retrySchema = z.object({
  tried: z.number(),
  stored: z.number(),
  refused: z.number(),
  left: z.number(),
  next_cursor: z.string().nullable(),
});
const dropSchema = z.object({ dropped: z.number(), left: z.number(), next_cursor: z.string().nullable() });

type Page = z.output<typeof pageSchema>;

export function quarantineCommand(): Command {
  return new Command('quarantine')
    .description('Readings that a store refused for good: look at them, try them again, throw them away.')
    .addCommand(listCommand())
    .addCommand(retryCommand())
    .addCommand(dropCommand())
    .addHelpText(
      'after',
      `
InfluxDB refuses a reading for good where, for example, a field has another type in the bucket. The hub sets it aside with the
server's reason and goes on with the rest. When the cause is mended on the server, retry writes them again.

Examples:
  weir quarantine list --device boiler-house
  weir quarantine retry
  weir quarantine drop --device test-pi
  weir quarantine drop --yes`,
    );
}

function selecting(name: string, description: string): Command {
  const command = new Command(name)
    .description(description)
    .option('--sink <name>', 'of this store, where there is more than one')
    .option('--device <name>', 'only readings of this device')
    .option('--json', 'print JSON');
  return addHubOptions(command);
}

function listCommand(): Command {
  return selecting('list', 'Show them, oldest first, those of one channel refused for one reason together.')
    .option('--limit <number>', 'readings looked at', parseInteger(1, 10_000_000), 10_000)
    .action(async (options: Selection & { readonly limit: number }) => {
      const api = await hubApi(options);
      const entries: Page['entries'] = [];
      let page = await listPage(api, options, Math.min(PAGE, options.limit), null);
      entries.push(...page.entries);
      while (page.next_cursor !== null && entries.length < options.limit) {
        page = await listPage(api, options, Math.min(PAGE, options.limit - entries.length), page.next_cursor);
        entries.push(...page.entries);
      }
      const text =
        options.json === true ? JSON.stringify({ ...page, entries }) : describeEntries(page, entries);
      process.stdout.write(`${text}\n`);
    });
}

function retryCommand(): Command {
  return selecting(
    'retry',
    'Write them again. What the store takes now leaves the quarantine; the rest stays.',
  )
    .addHelpText(
      'after',
      '\nExit code: 0 all are stored, 3 some were refused again, 1 the store or the hub did not answer.',
    )
    .action(async (options: Selection) => {
      const api = await hubApi(options);
      const total = { tried: 0, stored: 0, refused: 0, left: 0 };
      await inSteps(async (cursor) => {
        const step = await api.post(`${PATH}/retry`, changeOf(options, cursor), retrySchema);
        for (const each of ['tried', 'stored', 'refused'] as const) total[each] += step[each];
        total.left = step.left;
        progress(options, `tried ${total.tried}, stored ${total.stored}, refused again ${total.refused}`);
        return step.next_cursor;
      });
      const text = `tried ${total.tried}: ${total.stored} stored, ${total.refused} refused again; ${total.left} in quarantine`;
      process.stdout.write(`${options.json === true ? JSON.stringify(total) : text}\n`);
      process.exitCode = total.refused === 0 ? ExitCode.ok : ExitCode.found;
    });
}

function dropCommand(): Command {
  return selecting(
    'drop',
    'Throw them away for good. A note of who, when and how many stays in the log of the hub.',
  )
    .option('--yes', 'all of them, of every device')
    .action(async (options: Selection & { readonly yes?: boolean }) => {
      if (options.device === undefined && options.yes !== true) {
        throw new WeirError(
          'config.invalid',
          'this would throw away all of the quarantine: add --yes, or choose with --device',
        );
      }
      const api = await hubApi(options);
      const total = { dropped: 0, left: 0 };
      await inSteps(async (cursor) => {
        const step = await api.post(`${PATH}/drop`, changeOf(options, cursor), dropSchema);
        total.dropped += step.dropped;
        total.left = step.left;
        progress(options, `dropped ${total.dropped}`);
        return step.next_cursor;
      });
      const text = `dropped ${total.dropped}; ${total.left} in quarantine`;
      process.stdout.write(`${options.json === true ? JSON.stringify(total) : text}\n`);
    });
}

function listPage(
  api: HubApi,
  { sink, device }: Selection,
  limit: number,
  cursor: string | null,
): Promise<Page> {
  return api.get(PATH, pageSchema, { sink, device, limit, cursor: cursor ?? undefined });
}

function changeOf({ sink, device }: Selection, cursor: string | null): object {
  return { sink, device, limit: STEP, ...(cursor === null ? {} : { cursor }) };
}

/** Until there is no next cursor, or Ctrl-C: what a step has done stays done. */
async function inSteps(step: (cursor: string | null) => Promise<string | null>): Promise<void> {
  const signal = untilInterrupted();
  let cursor = await step(null);
  while (cursor !== null && !signal.aborted) cursor = await step(cursor);
}

function progress({ json }: Selection, text: string): void {
  if (json !== true && process.stderr.isTTY) process.stderr.write(`\r${text} `);
}

interface Group {
  readonly first: Page['entries'][number];
  readings: number;
  lastUs: number;
}

/** A line for each channel and reason, with how many and an example. */
export function describeEntries({ sink, count, expired }: Page, entries: Page['entries']): string {
  const groups = new Map<string, Group>();
  for (const entry of entries) {
    const key = JSON.stringify([entry.device, entry.channel, entry.status, entry.reason]);
    const group = groups.get(key) ?? { first: entry, readings: 0, lastUs: 0 };
    group.readings++;
    group.lastUs = entry.at_us;
    groups.set(key, group);
  }
  const blocks = [...groups.values()].map(({ first, readings, lastUs }) =>
    [
      `${first.device} ${first.channel}: ${readings} ${readings === 1 ? 'reading' : 'readings'}, refused ${timeOf(first.at_us)} to ${timeOf(lastUs)}`,
      `  ${first.status} ${first.reason}`,
      `  ${first.line}`,
    ]
      .map(printable)
      .join('\n'),
  );
  const shown = entries.length < count ? `, ${entries.length} of them shown` : '';
  const gone = expired === 0 ? '' : `; ${expired} had to go because there were too many`;
  return [`${count} readings in the quarantine of ${sink}${shown}${gone}`, ...blocks].join('\n\n');
}

function timeOf(us: number): string {
  return `${new Date(us / 1e3).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}
