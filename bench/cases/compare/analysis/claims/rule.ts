/** What a claim is judged by, written down before there are data, and how it is applied. */
import type { Ratio } from '../../../../measure/statistics.js';
import type { Claim } from '../analysis.js';
import { FEW_READINGS } from '../doubts/doubts.js';
import { conditionsOf, headlineOf, pairsOf, type Group, type Pair } from './pairs.js';
import { sureness, verdictOf } from './verdict.js';

export interface ClaimRule {
  readonly id: Claim['id'];
  readonly told: string;
  readonly toldRatio: number;
  readonly toldBy: string;
  /** May the claim be judged by this pair? Pairs that it may be differ in their network alone. */
  readonly judgedBy: (pair: Pair) => boolean;
  /** The same where there is no such pair: of a hub that is reached over TLS alone. */
  readonly orBy?: (pair: Pair) => boolean;
  /** The pair of those; by default as {@link headlineOf} says. */
  readonly headline?: (pairs: readonly Pair[]) => Pair | undefined;
  /** How many times better WebSocket is; null when it cannot be said. */
  readonly times: (pair: Pair) => Ratio | null;
  /** What theory gives for it. */
  readonly theory: (pair: Pair) => number | null;
  /** What must be said beside it. */
  readonly notes: (headline: Pair, pairs: readonly Pair[], groups: readonly Group[]) => readonly string[];
  /** The same under other conditions. */
  readonly elsewhere: (headline: Pair, pairs: readonly Pair[]) => readonly Elsewhere[];
}

export type Elsewhere = Claim['elsewhere'][number];

/** Whatever is there to judge it by, the claim has a verdict. */
export function claimOf(rule: ClaimRule, groups: readonly Group[]): Claim {
  const { id, told, toldRatio, toldBy } = rule;
  const pairs = pairsOf(groups);
  const choose = rule.headline ?? headlineOf;
  const headline = choose(pairs.filter(rule.judgedBy)) ?? choose(pairs.filter(rule.orBy ?? (() => false)));
  const found = headline === undefined ? null : rule.times(headline);
  const told_ = { id, told, toldRatio, toldBy };
  if (headline === undefined || found === null)
    return {
      ...told_,
      ...NOT_MEASURED,
      elsewhere: headline === undefined ? [] : rule.elsewhere(headline, pairs),
    };
  return {
    ...told_,
    ...found,
    verdict: verdictOf(toldRatio, found),
    compared: [headline.other.cell.key, headline.websocket.cell.key],
    theory: rule.theory(headline),
    notes: [
      sureness(toldRatio, found, headline.other.records.length),
      ...rule.notes(headline, pairs, groups),
      ...reservations(headline),
    ].filter((note) => note !== ''),
    elsewhere: rule.elsewhere(headline, pairs),
  };
}

const NOT_MEASURED = {
  verdict: 'not measured',
  ratio: 0,
  ci95: [null, null],
  compared: ['', ''],
  theory: null,
  notes: ['The runs that it would be judged by were not made.'],
} as const;

/** The same ratio of other pairs; those of which it cannot be said are left out. */
export function othersOf(
  pairs: readonly Pair[],
  rule: Pick<ClaimRule, 'times' | 'theory'>,
  words: (pair: Pair) => string = conditionsOf,
): Elsewhere[] {
  return pairs.flatMap((pair) => {
    const found = rule.times(pair);
    return found === null ? [] : [{ conditions: words(pair), ...found, theory: rule.theory(pair) }];
  });
}

/** What speaks against the two cells that the claim is judged by. Claims are judged by means: percentiles do not matter. */
function reservations({ other, websocket }: Pair): string[] {
  return [other, websocket].flatMap(({ cell: { key, doubts, theory } }) => [
    ...doubts
      .filter(({ code }) => code !== FEW_READINGS)
      .map(({ message }) => `Doubt about ${key}: ${message}.`),
    ...(theory === null || theory.agrees ? [] : [`Theory does not hold for ${key}: ${theory.why}.`]),
  ]);
}
