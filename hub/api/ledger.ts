import { WeirError } from '@weir/runtime';
import { z } from 'zod';
import { POLICIES } from '../ledger/account.js';
import { totalsOf, type EpochAccount } from '../ledger/ledger.js';
import { LEDGER_STATES, WHEREABOUTS, type LedgerRange, type LedgerState } from '../ledger/statement.js';
import type { App } from '../listen/http-server.js';
import type { ApiParts } from './context.js';
import { deviceNamed } from './devices.js';
import { errorSchema } from './errors.js';
import { timeText, timeUsOf } from './time.js';

const RANGES_MAX = 10_000;
const RANGES = 1_000;

const querySchema = z.strictObject({
  epoch: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().describe('Only this one'),
  state: z.enum(LEDGER_STATES).optional().describe('Only ranges in this state; totals are of all'),
  from: timeText.optional().describe('Only epochs that were open or had readings since then'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(RANGES_MAX)
    .default(RANGES)
    .describe('Ranges in a page; 1000 unless said'),
  cursor: z
    .string()
    .regex(/^\d{1,16}\.\d{1,10}$/, 'expected a next_cursor')
    .optional()
    .describe('next_cursor of the page before, with the same query otherwise'),
});
type Query = z.output<typeof querySchema>;

const count = z.number().int();
const us = z.number().nullable();
const policies = Object.entries(POLICIES).map(([name, meaning]) => `\`${name}\`: ${meaning}`);

const rangeSchema = z
  .object({
    first: count,
    last: count,
    state: z.enum(LEDGER_STATES),
    policy: z
      .string()
      .nullable()
      .describe(`Why it expired. ${policies.join('. ')}`),
    code: z.string().nullable().describe('Why it was rejected: a code of docs/errors.md'),
    where: z
      .enum(WHEREABOUTS)
      .nullable()
      .describe(
        'What is pending is held by the device, on its way to the disk of the hub, or unaccounted for: ' +
          'no frame came, and the device has not said hello since',
      ),
    since_us: us.describe('Since when it is known to be expired or rejected, UTC microseconds'),
    sinks: z.array(z.string()).describe('Stores that do not have it, where others may; else empty'),
  })
  .meta({ id: 'LedgerRange' });

const epochSchema = z.object({
  epoch: count.describe('Its id: one run of an agent'),
  open: z.boolean().describe('It may still change'),
  closed_us: us.describe('When the hub let it go, UTC microseconds'),
  readings: count.describe('Readings in its frames taken'),
  first_us: us.describe('UTC microseconds of its earliest reading, where its clock was known'),
  last_us: us,
  ranges: z.array(rangeSchema),
});

const frames = z.number().int().describe('Frames');
const pageSchema = z
  .object({
    device: z.string(),
    totals: z.object({
      stored: frames,
      pending: frames,
      expired: frames,
      rejected: frames,
      expired_by: z.record(z.string(), z.number()).describe('Frames by policy'),
      rejected_by: z.record(z.string(), z.number()).describe('Frames by code'),
      readings: count.describe('Readings in the frames taken'),
      epochs: count,
    }),
    dropped_bytes: z
      .number()
      .describe('Accounts of past epochs that the ledger itself has dropped, of all devices (ledger.bytes)'),
    epochs: z.array(epochSchema).describe('The newest first'),
    next_cursor: z.string().nullable().describe('For the next page; null on the last'),
  })
  .meta({ id: 'Ledger' });

export type LedgerPage = z.output<typeof pageSchema>;

/** What became of every frame of a device. */
export function ledgerRoutes(app: App, { core, clock }: ApiParts): void {
  app.get(
    '/api/v1/devices/:device/ledger',
    {
      config: { roles: ['read'] },
      schema: {
        summary: 'What became of each frame of a device: stored, pending, expired or rejected',
        tags: ['devices'],
        params: z.object({ device: z.string().max(128) }),
        querystring: querySchema,
        response: { 200: pageSchema, default: errorSchema },
      },
    },
    async ({ params, query }) => {
      const device = deviceNamed(core, params.device);
      const fromUs = query.from === undefined ? null : timeUsOf(query.from, clock.utcUs());
      const all = await core.ledger.accounts(device);
      const asked = all.filter((account) => isAsked(account, query.epoch ?? null, fromUs)).reverse();
      const readings = asked.reduce((sum, account) => sum + account.readings, 0);
      const totals = { ...totalsOf(asked), readings, epochs: asked.length };
      const dropped_bytes = core.ledger.droppedBytes;
      return { device: device.name, totals, dropped_bytes, ...pageOf(asked, query) };
    },
  );
}

function isAsked(
  { epoch, closedUs, lastUs }: EpochAccount,
  asked: number | null,
  fromUs: number | null,
): boolean {
  if (asked !== null && epoch !== asked) return false;
  return fromUs === null || closedUs === null || (lastUs ?? closedUs) >= fromUs;
}

/** So many ranges from the cursor on; an epoch may go on in the next page. */
function pageOf(
  accounts: readonly EpochAccount[],
  { state, limit, cursor }: Query,
): Pick<LedgerPage, 'epochs' | 'next_cursor'> {
  const [fromEpoch, fromFirst] = (cursor ?? '').split('.').map(Number);
  const start = cursor === undefined ? 0 : accounts.findIndex(({ epoch }) => epoch === fromEpoch);
  if (start < 0)
    throw new WeirError('history.bad_cursor', 'cursor: the ledger has no such epoch any more', {
      details: { value: cursor },
    });
  const epochs: LedgerPage['epochs'] = [];
  let room = limit;
  for (const [place, account] of accounts.slice(start).entries()) {
    const least = place === 0 ? (fromFirst ?? 0) : 0;
    const ranges = rangesOf(account, state ?? null, least);
    const next = ranges[room];
    if (room === 0 && ranges[0] !== undefined)
      return { epochs, next_cursor: `${account.epoch}.${ranges[0].first}` };
    if (ranges.length > 0) epochs.push(epochJson(account, ranges.slice(0, room)));
    if (next !== undefined) return { epochs, next_cursor: `${account.epoch}.${next.first}` };
    room -= ranges.length;
  }
  return { epochs, next_cursor: null };
}

function rangesOf({ ranges }: EpochAccount, state: LedgerState | null, least: number): LedgerRange[] {
  return ranges.filter((range) => (state === null || range.state === state) && range.first >= least);
}

function epochJson(account: EpochAccount, ranges: readonly LedgerRange[]): LedgerPage['epochs'][number] {
  const { epoch, closedUs, readings, firstUs, lastUs } = account;
  return {
    epoch,
    open: closedUs === null,
    closed_us: closedUs,
    readings,
    first_us: firstUs,
    last_us: lastUs,
    ranges: ranges.map(rangeJson),
  };
}

function rangeJson({
  first,
  last,
  state,
  reason,
  where,
  sinceUs,
  sinks,
}: LedgerRange): z.output<typeof rangeSchema> {
  return {
    ...{ first, last, state, where, sinks: [...sinks] },
    policy: state === 'expired' ? reason : null,
    code: state === 'rejected' ? reason : null,
    since_us: sinceUs,
  };
}
