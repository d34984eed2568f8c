/** From facts to findings: the rules in the order in which they are likely to be the cause. */
import type { Facts } from './facts.js';
import { SEVERITIES, type Finding, type Rule } from './finding.js';
import { turnedAway, unknownDevice } from './rules/arrival.js';
import { emptyChannel, quietChannel, staleChannel, unknownChannel } from './rules/channel.js';
import { clock } from './rules/clock.js';
import { offline, silent, twins } from './rules/connection.js';
import { backlog, losses, rejects, stalledBecause } from './rules/loss.js';
import { discards, port } from './rules/source.js';
import { logState, quarantine, stores } from './rules/storage.js';
import { count, duration } from './words.js';

const RULES: readonly Rule[] = [
  ...[logState, turnedAway, unknownDevice, unknownChannel, offline, twins, port, silent],
  ...[
    staleChannel,
    emptyChannel,
    rejects,
    discards,
    stores,
    quarantine,
    clock,
    losses,
    backlog,
    quietChannel,
  ],
];

export interface Explanation {
  /** Nothing is wrong: no error, no warning. */
  readonly ok: boolean;
  /** In one sentence. */
  readonly summary: string;
  /** Errors, warnings, notes; among each, the likeliest cause first. */
  readonly findings: readonly Finding[];
  /** Null when the device holds nothing back. */
  readonly backlog: { readonly stalled: string | null } | null;
}

export function explain(facts: Facts): Explanation {
  const found = RULES.flatMap((rule) => rule(facts));
  const findings = SEVERITIES.flatMap((severity) => found.filter((each) => each.severity === severity));
  const [first] = findings;
  const ok = first === undefined || first.severity === 'note';
  const held = (facts.known?.backlog.frames ?? 0) > 0;
  return {
    ok,
    summary: ok ? wellness(facts) : first.message,
    findings,
    backlog: held ? { stalled: stalledBecause(facts) } : null,
  };
}

function wellness({ device, channel, known, nowUs }: Facts): string {
  if (known === null) return '';
  const channels = known.channels.filter(({ name }) => channel === null || name === channel);
  const lastUs = Math.max(...channels.map((each) => each.lastUs ?? -Infinity));
  const last = Number.isFinite(lastUs) ? `, the last reading was taken ${duration(nowUs - lastUs)} ago` : '';
  const uncertaintyUs = known.connection?.clock?.uncertaintyUs;
  const exact = uncertaintyUs === undefined ? '' : `, times are known to ${duration(uncertaintyUs)}`;
  const what =
    channel === null
      ? `${device} is ${known.state} with ${count(known.channels.length, 'channel')}`
      : `${device} ${channel} arrives`;
  return `${what}${last}${exact}`;
}
