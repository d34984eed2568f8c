/** The whole run: rounds, the end of all load, and the comparison. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededEntropy } from '@weir/runtime';
import { Deployment } from './deployment.js';
import { readJournal } from './journal.js';
import { judge, type Verdict } from './judge.js';
import { planRound, type Fault, type FaultKind } from './plan.js';
import { inflict, mend, told, type Scene } from './round.js';
import { SmallDisk } from './small-disk.js';
import { readStore } from './stored.js';
import { pause, until } from './wait.js';

export interface TrialOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly agents: number;
  readonly readingsPerSecond: number;
  readonly faults: readonly FaultKind[];
  /** Keep the folder although nothing is wrong. */
  readonly keep: boolean;
  /** Ends the rounds; what was confirmed until then is compared. */
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

export interface TrialReport {
  readonly seed: number;
  readonly rounds: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly verdict: Verdict;
  readonly redelivered: number;
  readonly sessionsForgotten: number;
  /** What did not come to rest, or ended by itself. */
  readonly trouble: readonly string[];
  /** Null when it was removed. */
  readonly folder: string | null;
  readonly failed: boolean;
}

/** Longest for readings to be confirmed again after a round's faults. */
const RECOVERY_MS = 60_000;
/** Longest for everything to be delivered after the last reading. */
const QUIET_MS = 120_000;
/** The broker has nothing more when nothing has come for so long. */
const SILENCE_MS = 3_000;
const STOP_MS = 30_000;

export async function runTrial(options: TrialOptions): Promise<TrialReport> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-torture-'));
  mkdirSync(join(folder, 'hub'));
  const disk = options.faults.includes('disk') ? new SmallDisk(join(folder, 'hub')) : null;
  const deployment = await Deployment.lay({ ...options, folder });
  const trial = new Trial(options, { deployment, disk });
  let report: TrialReport | null = null;
  try {
    const rounds = await trial.rounds();
    const verdict = await trial.verdict();
    report = trial.report(rounds, verdict, folder);
    return report;
  } finally {
    await deployment.end();
    const keep = report?.folder !== null;
    disk?.remove(keep);
    if (!keep) rmSync(folder, { recursive: true, force: true });
  }
}

class Trial {
  readonly #options: TrialOptions;
  readonly #scene: Scene;
  readonly #trouble: string[] = [];
  readonly #faults = new Map<string, number>();

  constructor(options: TrialOptions, scene: Scene) {
    this.#options = options;
    this.#scene = scene;
  }

  /** Resolves with how many were completed. */
  async rounds(): Promise<number> {
    const { rounds, seed, faults, signal, progress } = this.#options;
    const { deployment } = this.#scene;
    const { servers, agents, links, children } = deployment;
    const limits = { kinds: faults, servers: servers.length, agents: agents.length, links: links.length };
    const entropy = seededEntropy(seed);
    for (const child of children) child.start();
    for (let round = 1; round <= rounds; round++) {
      const plan = planRound(limits, entropy);
      if (!(await this.#loaded())) {
        if (signal.aborted) return round - 1;
        this.#trouble.push(`before round ${round}: no reading was confirmed for ${RECOVERY_MS} ms`);
      }
      const what = plan.map((fault) => told(this.#scene, fault)).join(', ');
      progress(`round ${round} of ${rounds}: ${what}; ${deployment.acked} readings acked`);
      await inflict(this.#scene, plan);
      for (const fault of plan) this.#count(fault);
      if (signal.aborted) return round;
    }
    return rounds;
  }

  /** Lets everything come to rest, ends it, and compares. */
  async verdict(): Promise<Verdict> {
    const { deployment } = this.#scene;
    const { progress } = this.#options;
    mend(this.#scene);
    progress('the last readings are delivered');
    for (const agent of deployment.agents) agent.finish();
    await this.#settles('agents to be told that all is stored', () =>
      deployment.agents.every(({ drained }) => drained),
    );
    await this.#settles('the store to have all', () => this.#stored());
    await this.#settles('MQTT to be quiet', () => this.#delivered());
    await this.#stopWell('bridge');
    await this.#stopWell('hub');
    progress('what was confirmed is compared with what is stored');
    return judge({
      journals: new Map(deployment.agents.map(({ device, journal }) => [device, readJournal(journal)])),
      stored: await readStore(join(deployment.hubDir, 'readings.duckdb')),
      deliveries: deployment.subscriber.deliveries,
      takenByBroker: deployment.tap.taken,
    });
  }

  report(rounds: number, verdict: Verdict, folder: string): TrialReport {
    const { subscriber, children } = this.#scene.deployment;
    const trouble = [
      ...this.#trouble,
      ...children.flatMap(({ deaths }) => deaths),
      ...subscriber.contradictions.map((each) => `one value under two identities: ${each}`),
    ];
    const { lost, duplicated, altered, misdated, rejected, undelivered } = verdict;
    const wrong = [lost, duplicated, altered, misdated, rejected, undelivered, trouble];
    const failed = wrong.some(({ length }) => length > 0);
    return {
      seed: this.#options.seed,
      rounds,
      faults: Object.fromEntries([...this.#faults].sort()),
      verdict,
      redelivered: subscriber.redelivered,
      sessionsForgotten: Math.max(0, subscriber.sessionsForgotten),
      trouble,
      folder: failed || this.#options.keep ? folder : null,
      failed,
    };
  }

  /** Are readings confirmed just now? */
  async #loaded(): Promise<boolean> {
    const { deployment } = this.#scene;
    const before = deployment.acked;
    return until(() => deployment.acked > before, RECOVERY_MS, this.#options.signal);
  }

  #count({ kind, target }: Fault): void {
    const { deployment } = this.#scene;
    const name = kind === 'kill' || kind === 'freeze' ? deployment.children[target]?.name : null;
    const what = name === null ? kind : `${kind} ${name?.replace(/-\d+$/, '') ?? ''}`;
    this.#faults.set(what, (this.#faults.get(what) ?? 0) + 1);
  }

  async #settles(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    if (!(await until(condition, QUIET_MS))) this.#trouble.push(`waited ${QUIET_MS} ms in vain for ${what}`);
  }

  async #stored(): Promise<boolean> {
    const stats = await this.#scene.deployment.stats();
    if (stats === null) return false;
    const passed = (cursor: number): boolean => cursor >= this.#endOfLog;
    if (this.#endOfLog === 0) this.#endOfLog = stats.log.end;
    return (
      [...stats.sinks, ...stats.streams].every(({ cursor }) => passed(cursor)) && stats.streams.length > 0
    );
  }
  /** Where the log ended after the last reading; vital signs follow. */
  #endOfLog = 0;

  async #delivered(): Promise<boolean> {
    const { subscriber, tap } = this.#scene.deployment;
    if (tap.unanswered > 0) return false;
    await pause(100);
    return performance.now() - subscriber.lastMs > SILENCE_MS;
  }

  async #stopWell(name: 'hub' | 'bridge'): Promise<void> {
    const how = await this.#scene.deployment[name].stop(STOP_MS);
    if (how !== 0) this.#trouble.push(`${name} asked to stop ended with ${String(how)}`);
  }
}
