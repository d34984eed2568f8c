import type { Command, Configure, Limits } from '@weir/protocol';
import { WeirError, type Clock, type Logger, type Timers } from '@weir/runtime';
import { Batcher, type BatchOptions } from './batcher/batcher.js';
import { Sampler, type SamplerStats } from './sampler/sampler.js';
import type { RuleOf } from './sampler/rules.js';
import type { SourceOutput } from './sources/source.js';
import type { Spool } from './spool/spool.js';

export interface RecorderOptions {
  readonly batch: BatchOptions;
  /** From `rulesOf(sources)`; absent: every reading is kept. */
  readonly rules?: RuleOf;
}

export interface RecorderDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** From what is read to what is kept: sampler -> batcher -> spool. */
export class Recorder {
  readonly spool: Spool;
  readonly #sampler: Sampler;
  readonly #batcher: Batcher;

  constructor(spool: Spool, options: RecorderOptions, deps: RecorderDeps) {
    this.spool = spool;
    this.#batcher = new Batcher(spool.ledger, deps.timers, options.batch);
    this.#sampler = new Sampler({
      ...deps,
      out: this.#batcher,
      ...(options.rules === undefined ? {} : { rules: options.rules }),
    });
  }

  /** Where the source `name` sends what it reads; its channels are named `${name}/...`. */
  output(name: string): SourceOutput {
    return this.#sampler.output(name);
  }

  /** Keeps later frames within the hub's limits. */
  limit(limits: Pick<Limits, 'frameBytes' | 'readingsPerFrame'>): void {
    this.#batcher.limit(limits);
  }

  /** Readings left out because the hub refuses their channel. */
  get readingsMuted(): number {
    return this.#batcher.readingsMuted;
  }

  /** The hub takes no readings of these channels. */
  mute(channels: readonly number[]): void {
    this.#batcher.mute(channels);
  }

  /** Changes rate and deadband of channels until the agent restarts. Throws `sampler.*` for the first that cannot be. */
  configure(channels: Configure['channels']): void {
    for (const { name, intervalMs, deadband } of channels)
      this.#sampler.configure(name, { intervalMs, deadband });
  }

  stats(): SamplerStats {
    return this.#sampler.stats();
  }

  /** Hands what was read up to now to the spool. */
  flush(): void {
    this.#sampler.close();
    this.#batcher.flush();
  }

  async close(): Promise<void> {
    this.flush();
    await this.spool.close();
  }
}

/** Runs a command of the hub; resolves with the text of the reply. */
export type RunCommand = (command: Command) => Promise<string>;

/** Without outputs to set: `ping` alone. Throws `agent.unknown_command`. */
export const answerPing: RunCommand = (command) => {
  if (command.name === 'ping') return Promise.resolve('pong');
  const message = `no command is named "${command.name}"`;
  return Promise.reject(new WeirError('agent.unknown_command', message, { details: { name: command.name } }));
};
