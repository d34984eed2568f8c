/** What is done to whom and when, from a seed. */
import type { Entropy } from '@weir/runtime';

export const FAULT_KINDS = ['kill', 'freeze', 'cut', 'silence', 'disk'] as const;

/**
 * kill: SIGKILL, started again after a while. freeze: SIGSTOP, SIGCONT after a while. cut: all connections of a link end
 * at once. silence: a link passes nothing for a while. disk: the hub's disk is full for a while.
 */
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** Index of a process (kill, freeze) or of a link (cut, silence). */
  readonly target: number;
  /** After the begin of the round's load, ms. */
  readonly atMs: number;
  /** Until it is undone, ms. */
  readonly forMs: number;
}

export interface PlanLimits {
  readonly kinds: readonly FaultKind[];
  /** Processes: so many servers, then so many agents. */
  readonly servers: number;
  readonly agents: number;
  readonly links: number;
}

/** Every round begins with a kill; with a few more faults it is done. */
const FAULTS_MAX = 4;
const WINDOW_MS = 1_500;
/** Longest until a fault is undone. A kill is often undone at once: then the next one may strike during start-up. */
const FOR_MS: Readonly<Record<FaultKind, number>> = {
  kill: 600,
  freeze: 4_000,
  cut: 0,
  silence: 4_000,
  disk: 2_000,
};

/** The faults of one round, by time. */
export function planRound({ kinds, servers, agents, links }: PlanLimits, entropy: Entropy): Fault[] {
  const count = entropy.integer(1, FAULTS_MAX + 1);
  const faults = Array.from({ length: count }, (_, i): Fault => {
    const kind = i === 0 ? 'kill' : (kinds[entropy.integer(0, kinds.length)] ?? 'kill');
    const strikesProcess = kind === 'kill' || kind === 'freeze';
    const target = strikesProcess ? processOf(servers, agents, entropy) : entropy.integer(0, links);
    // Short ones are as many as long ones: squares of even numbers.
    const forMs = Math.round(FOR_MS[kind] * entropy.unit() ** 2);
    return { kind, target, atMs: entropy.integer(0, WINDOW_MS), forMs };
  });
  return faults.sort((a, b) => a.atMs - b.atMs);
}

/** All agents together are struck as often as each server. */
function processOf(servers: number, agents: number, entropy: Entropy): number {
  const server = entropy.integer(0, servers + 1);
  return server < servers ? server : servers + entropy.integer(0, agents);
}
