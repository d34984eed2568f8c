/** Accounts as plain values, for the checkpoint and the archive. */
import { z } from 'zod';
import type { Account, Exception } from './account.js';
import { DatedRanges } from './dated-ranges.js';

/** [state, reason, store or null, [first, last, since us ...]] */
export const exceptionSchema = z.tuple([
  z.enum(['rejected', 'expired']),
  z.string(),
  z.string().nullable(),
  z.array(z.number()),
]);
/** [epoch, known, claim, exceptions] */
export const accountSchema = z.tuple([
  z.number(),
  z.number(),
  z.tuple([z.number(), z.number()]).nullable(),
  z.array(exceptionSchema),
]);

export function exceptionTuples(exceptions: readonly Exception[]): z.output<typeof exceptionSchema>[] {
  return exceptions.map(({ state, reason, sink, ranges }) => [state, reason, sink, ranges.flat()]);
}

export function exceptionsFrom(tuples: readonly z.output<typeof exceptionSchema>[]): Exception[] {
  return tuples.map(([state, reason, sink, flat]) => ({
    ...{ state, reason, sink },
    ranges: DatedRanges.from(flat),
  }));
}

export function accountTuple(account: Account): z.output<typeof accountSchema> {
  const { epoch, known, claim, exceptions } = account;
  return [epoch, known, claim === null ? null : [...claim], exceptionTuples(exceptions)];
}

export function restoreAccount(account: Account, tuple: z.output<typeof accountSchema>): void {
  const [, known, claim, exceptions] = tuple;
  account.known = known;
  account.claim = claim;
  account.exceptions = exceptionsFrom(exceptions);
}
