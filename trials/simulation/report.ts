import type { Outcome } from './simulation.js';

/** What all seeds together came to. */
export interface Tally {
  readonly seeds: number;
  readonly failures: readonly Outcome[];
  readonly events: number;
  readonly readings: number;
  readonly framesAcked: number;
}

export const EMPTY: Tally = { seeds: 0, failures: [], events: 0, readings: 0, framesAcked: 0 };

export function add(tally: Tally, outcome: Outcome): Tally {
  return {
    seeds: tally.seeds + 1,
    failures: outcome.violations.length === 0 ? tally.failures : [...tally.failures, outcome],
    events: tally.events + outcome.events,
    readings: tally.readings + outcome.readings,
    framesAcked: tally.framesAcked + outcome.framesAcked,
  };
}

const DETAIL_LENGTH = 300;

/** `seed 7: INVARIANT: which reading (command)` */
export function failureLine(outcome: Outcome, bug: string | null): string {
  const [first] = outcome.violations;
  const detail =
    first === undefined ? '' : `${first.invariant}: ${first.detail.split('\n')[0]?.slice(0, DETAIL_LENGTH)}`;
  return `seed ${outcome.seed}: ${detail} (${replayCommand(outcome.seed, bug)})`;
}

export function replayCommand(seed: number, bug: string | null): string {
  return `npm run simulate -- --seed ${seed}${bug === null ? '' : ` --bug ${bug}`} --trace`;
}

export function closingLine({ seeds, failures }: Tally): string {
  return `${seeds} seeds, ${seeds - failures.length} passed, ${failures.length} failed`;
}

export function reportJson(
  { seeds, failures, events, readings, framesAcked }: Tally,
  bug: string | null,
): object {
  return {
    seeds,
    passed: seeds - failures.length,
    failed: failures.length,
    events,
    readings,
    frames_acked: framesAcked,
    failures: failures.map(({ seed, violations, hash }) => ({
      seed,
      hash,
      violations,
      replay: replayCommand(seed, bug),
    })),
  };
}
