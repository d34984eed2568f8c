/** What a run found, for people and for programs. */
import type { TrialReport } from './trial.js';
import type { Verdict } from './judge.js';

/** Names shown of a long list. */
const SHOWN = 5;

const WRONG = {
  lost: 'acked and not in the store',
  duplicated: 'in the store more than once',
  altered: 'other than they were sent',
  misdated: 'further from their time than said',
  rejected: 'refused by the hub',
  undelivered: 'acked and never taken over by the broker',
} as const satisfies Partial<Record<keyof Verdict, string>>;
type Wrong = keyof typeof WRONG;
const WRONG_NAMES = Object.keys(WRONG) as Wrong[];

/** The last line of every run. */
export function closingLine({ rounds, verdict }: TrialReport): string {
  const { acked, lost, duplicated } = verdict;
  return `${rounds} rounds, ${acked} readings acked, ${lost.length} lost, ${duplicated.length} duplicated`;
}

export function reportLines(report: TrialReport): string[] {
  const { verdict, faults, trouble, folder } = report;
  const { lostByBroker } = verdict;
  return [
    `faults: ${Object.entries(faults)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ')}`,
    `stored: ${verdict.stored} different readings in DuckDB`,
    `MQTT: ${verdict.delivered} different readings delivered, ${report.redelivered} messages again; ` +
      `lost by mosquitto after its PUBACK: ${lostByBroker.length}` +
      (report.sessionsForgotten === 0 ? '' : `; it forgot the subscriber ${report.sessionsForgotten} times`),
    ...WRONG_NAMES.flatMap((name) => listed(WRONG[name], verdict[name])),
    ...listed('trouble', trouble),
    ...(folder === null ? [] : [`kept for inspection: ${folder}`]),
  ];
}

/** Counts, and the first names of each list. */
export function reportJson(report: TrialReport): object {
  const { verdict, trouble, ...rest } = report;
  const { acked, stored, delivered, lostByBroker } = verdict;
  const wrong = (pick: (names: readonly string[]) => unknown): object =>
    Object.fromEntries(WRONG_NAMES.map((name) => [name, pick(verdict[name])]));
  return {
    ...rest,
    ...{ acked, stored, delivered },
    ...wrong(({ length }) => length),
    lost_by_broker: lostByBroker.length,
    examples: wrong((names) => names.slice(0, SHOWN)),
    trouble,
  };
}

function listed(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > SHOWN ? [`  and ${names.length - SHOWN} more`] : [];
  return [`${names.length} ${what}:`, ...names.slice(0, SHOWN).map((name) => `  ${name}`), ...more];
}
