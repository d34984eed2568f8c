import { Command, Option } from 'commander';
import { z } from 'zod';
import type { HubApi } from '../hub-api.js';
import { addHubOptions, hubApi, type HubOptions } from '../hub-options.js';
import { printable } from '../printable.js';
import { ExitCode, parseInteger } from '../session.js';
import { timeOf } from '../utc.js';

interface Options extends HubOptions {
  readonly epoch?: number;
  readonly state?: string;
  readonly from?: string;
  readonly limit: number;
  readonly json?: boolean;
  readonly check?: boolean;
}

const rangeSchema = z.object({
  first: z.number(),
  last: z.number(),
  state: z.enum(['stored', 'pending', 'expired', 'rejected']),
  policy: z.string().nullable(),
  code: z.string().nullable(),
  where: z.enum(['device', 'hub', 'unaccounted']).nullable(),
  since_us: z.number().nullable(),
  sinks: z.array(z.string()),
});
const epochSchema = z.object({
  epoch: z.number(),
  open: z.boolean(),
  closed_us: z.number().nullable(),
  readings: z.number(),
  first_us: z.number().nullable(),
  last_us: z.number().nullable(),
  ranges: z.array(rangeSchema),
});
const ledgerSchema = z.object({
  device: z.string(),
  totals: z.object({
    stored: z.number(),
    pending: z.number(),
    expired: z.number(),
    rejected: z.number(),
    expired_by: z.record(z.string(), z.number()),
    rejected_by: z.record(z.string(), z.number()),
    readings: z.number(),
    epochs: z.number(),
  }),
  dropped_bytes: z.number(),
  epochs: z.array(epochSchema),
  next_cursor: z.string().nullable(),
});
type LedgerJson = z.output<typeof ledgerSchema>;
type Range = z.output<typeof rangeSchema>;

const PAGE_RANGES = 10_000;
const WHERE = { device: 'on the device', hub: 'on its way to the disk', unaccounted: 'unaccounted for' };

export function ledgerCommand(): Command {
  const command = new Command('ledger')
    .description('Say what became of every frame of a device: stored, pending, expired or rejected.')
    .argument('<device>', 'its name')
    .option('--epoch <id>', 'only this run of its agent', parseInteger(0, Number.MAX_SAFE_INTEGER))
    .addOption(
      new Option('--state <state>', 'only ranges in this state').choices(rangeSchema.shape.state.options),
    )
    .option('--from <time>', 'only epochs open or with readings since then: -1h, 2026-11-22T06:00:00Z')
    .option('--limit <number>', 'most ranges to show', parseInteger(1, 1_000_000), 200)
    .option('--check', 'end with exit code 3 when a frame has expired or was rejected')
    .option('--json', 'print everything as one JSON object');
  return addHubOptions(command)
    .addHelpText(
      'after',
      `
Frames are counted by their sequences: each epoch (run of the agent) has its own, from 1 on. Totals are of all of them.
  stored     on the hub's disk, and in its stores (readings that InfluxDB refused alone: weir quarantine list)
  pending    the device says that it holds them, or they are on their way
  expired    lost by a policy, which is named; with stores named, those alone do not have it
  rejected   refused by the hub for good, with its code (docs/errors.md)
Exit code: 0, with --check 3 when something has expired or was rejected; 1 the hub cannot be asked, 2 wrong usage.

Examples:
  weir ledger boiler-house
  weir ledger boiler-house --state expired --from -24h
  weir ledger boiler-house --check --json | jq .totals`,
    )
    .action(async (device: string, options: Options) => {
      const ledger = await askHub(await hubApi(options), device, options);
      const text = options.json === true ? JSON.stringify(ledger) : describeLedger(ledger);
      process.stdout.write(`${text}\n`);
      const { expired, rejected } = ledger.totals;
      process.exitCode = options.check === true && expired + rejected > 0 ? ExitCode.found : ExitCode.ok;
    });
}

/** As many pages as the limit needs; a long epoch may come in several parts. */
async function askHub(api: HubApi, device: string, options: Options): Promise<LedgerJson> {
  const { epoch, state, from, limit } = options;
  const path = `/api/v1/devices/${encodeURIComponent(device)}/ledger`;
  const ask = (ranges: number, cursor?: string): Promise<LedgerJson> =>
    api.get(path, ledgerSchema, { epoch, state, from, cursor, limit: Math.min(ranges, PAGE_RANGES) });
  const first = await ask(limit);
  const epochs = [...first.epochs];
  let { next_cursor } = first;
  for (
    let left = limit - rangesIn(epochs);
    next_cursor !== null && left > 0;
    left = limit - rangesIn(epochs)
  ) {
    const page: LedgerJson = await ask(left, next_cursor);
    for (const part of page.epochs) {
      const known = epochs.at(-1);
      if (known?.epoch === part.epoch) known.ranges.push(...part.ranges);
      else epochs.push(part);
    }
    next_cursor = page.next_cursor;
  }
  return { ...first, epochs, next_cursor };
}

function rangesIn(epochs: LedgerJson['epochs']): number {
  return epochs.reduce((sum, { ranges }) => sum + ranges.length, 0);
}

/** For people: totals, then epoch by epoch, the newest first. */
export function describeLedger({
  device,
  totals,
  dropped_bytes: dropped,
  epochs,
  next_cursor,
}: LedgerJson): string {
  const { expired_by, rejected_by } = totals;
  const lines = [
    `${printable(device)}: ${number(totals.readings)} readings in ${number(totals.epochs)} epochs`,
    ...[
      ['stored', totals.stored, {}] as const,
      ['pending', totals.pending, {}] as const,
      ['expired', totals.expired, expired_by] as const,
      ['rejected', totals.rejected, rejected_by] as const,
    ].map(([state, frames, by]) => `  ${state.padEnd(9)}${number(frames).padStart(12)} frames${reasons(by)}`),
  ];
  for (const epoch of epochs) lines.push('', headOf(epoch), ...table(epoch.ranges.map(rowOf)));
  if (next_cursor !== null)
    lines.push('', 'There is more: --limit shows more of it, --epoch and --state less.');
  if (dropped > 0)
    lines.push('', 'The ledger has grown to its bound (ledger.bytes): its oldest epochs are gone.');
  return lines.join('\n');
}

function reasons(by: Readonly<Record<string, number>>): string {
  const each = Object.entries(by).map(([reason, frames]) => `${printable(reason)} ${number(frames)}`);
  return each.length === 0 ? '' : `   ${each.join(', ')}`;
}

function headOf({
  epoch,
  open,
  first_us: first,
  last_us: last,
  readings,
}: LedgerJson['epochs'][number]): string {
  const times = first === null || last === null ? '' : `, ${timeOf(first)} to ${timeOf(last)}`;
  return `epoch ${epoch}${open ? '' : ' (past)'}: ${number(readings)} readings${times}`;
}

function rowOf({ first, last, state, policy, code, where, since_us: since, sinks }: Range): string[] {
  const why = printable(policy ?? code ?? '') || (where === null ? '' : WHERE[where]);
  const stores = sinks.length === 0 ? '' : `not in ${printable(sinks.join(', '))}`;
  const sequences = first === last ? String(first) : `${first}-${last}`;
  return [sequences, state, why, stores, since === null ? '' : `since ${timeOf(since)}`];
}

/** Rows as lines, their columns aligned; empty columns left out. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(0, ...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) => {
    const cells = row.flatMap((cell, column) =>
      widths[column] === 0 ? [] : [cell.padEnd(widths[column] ?? 0)],
    );
    return `  ${cells.join('   ')}`.trimEnd();
  });
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
