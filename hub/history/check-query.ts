import { WeirError } from '@weir/runtime';
import {
  AGGREGATES,
  PAGE_READINGS_DEFAULT,
  PAGE_READINGS_MAX,
  type Aggregate,
  type ReadingsQuery,
} from './history.js';
import { parsePageCursor, type PageCursor } from './page-cursor.js';

/** A query whose every field is known to be in range. */
export interface CheckedQuery {
  readonly device: string;
  readonly channel: string;
  readonly fromUs: number | null;
  readonly toUs: number | null;
  readonly step: { readonly us: number; readonly aggregate: Aggregate | null } | null;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly after: PageCursor | null;
  readonly original: boolean;
}

/** Throws `history.bad_query` or `history.bad_cursor`, naming field, limit and value. */
export function checkQuery(query: ReadingsQuery): CheckedQuery {
  const { aggregate, order = 'asc', limit = PAGE_READINGS_DEFAULT, stepUs } = query;
  if (aggregate !== undefined && !AGGREGATES.includes(aggregate))
    throw badQuery('aggregate', AGGREGATES.join(', '), aggregate);
  if (aggregate !== undefined && stepUs === undefined)
    throw badQuery('aggregate', 'a step to go with it', aggregate);
  if (query.original === true && stepUs !== undefined)
    throw badQuery('include', 'no step: intervals have no original times', 'original');
  if (!['asc', 'desc'].includes(order)) throw badQuery('order', 'asc or desc', order);
  const after =
    query.cursor === undefined
      ? null
      : parsePageCursor(query.cursor, stepUs === undefined ? 'reading' : 'step');
  return {
    device: query.device,
    channel: query.channel,
    fromUs: query.fromUs === undefined ? null : integer('from', query.fromUs, -Number.MAX_SAFE_INTEGER),
    toUs: query.toUs === undefined ? null : integer('to', query.toUs, -Number.MAX_SAFE_INTEGER),
    step: stepUs === undefined ? null : { us: integer('step', stepUs, 1), aggregate: aggregate ?? null },
    order,
    limit: integer('limit', limit, 1, PAGE_READINGS_MAX),
    after,
    original: query.original ?? false,
  };
}

function integer(field: string, value: number, min: number, max: number = Number.MAX_SAFE_INTEGER): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw badQuery(field, `an integer from ${min} to ${max}`, value);
}

/** `history.bad_query` for one field. */
export function badQuery(field: string, limit: string, value: unknown): WeirError {
  return new WeirError('history.bad_query', `${field}: expected ${limit}, got ${JSON.stringify(value)}`, {
    details: { field, limit, value },
  });
}
