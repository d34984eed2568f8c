/** The four claims that Weir stands on, judged by rules that were fixed before there were data (ADR 0021). */
import type { Claim } from '../analysis.js';
import { BYTES } from './bytes.js';
import { ENERGY } from './energy.js';
import { LATENCY } from './latency.js';
import type { Group } from './pairs.js';
import { claimOf } from './rule.js';
import { THROUGHPUT } from './throughput.js';

export function claimsOf(groups: readonly Group[]): Claim[] {
  return [LATENCY, THROUGHPUT, ENERGY, BYTES].map((rule) => claimOf(rule, groups));
}
