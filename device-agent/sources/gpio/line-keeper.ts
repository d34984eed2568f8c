/**
 * Keeps something up that needs the tools: finds chip and version, begins it, and begins it anew after a pause when it
 * fails or ends. Each group of inputs and each output has one, so that a line that another program holds stops none but
 * itself.
 */
import { messageOf } from '@weir/runtime';
import { Retry } from '../retry.js';
import type { SourceDeps } from '../source.js';
import type { HeldChild } from './held-child.js';
import type { GpioAccess, Toolbox } from './toolbox.js';

export interface LineKeeperOptions {
  readonly toolbox: Toolbox;
  readonly retryMaxMs: number;
  /** Starts the tool; `ended` is to be called when it ends by itself. Throws when it cannot. */
  begin(access: GpioAccess, ended: (reason: string) => void): HeldChild | Promise<HeldChild>;
  /** The tool holds its lines. */
  up(): void;
  /** Null: it is up. Else why it is not. */
  report(fault: string | null): void;
}

export class LineKeeper {
  readonly #options: LineKeeperOptions;
  readonly #retry: Retry;
  #child: HeldChild | null = null;
  #attempt: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: LineKeeperOptions, deps: SourceDeps) {
    this.#options = options;
    this.#retry = new Retry(options.retryMaxMs, deps);
  }

  /** Begins, and sees to it from then on. */
  start(): void {
    this.#attempt = this.#begin().catch((thrown: unknown) => this.#failed(messageOf(thrown)));
  }

  /** Ends what runs and begins anew; resolves when it is up, rejects when it is not (and goes on trying). */
  async restart(): Promise<void> {
    this.#retry.cancel();
    await this.#attempt;
    this.#retry.cancel();
    await this.#end();
    const beginning = this.#begin();
    this.#attempt = beginning.catch((thrown: unknown) => this.#failed(messageOf(thrown)));
    await beginning;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#retry.cancel();
    await this.#child?.stop();
    await this.#attempt;
    await this.#end();
  }

  async #begin(): Promise<void> {
    const access = await this.#options.toolbox.access();
    if (!this.#isWanted()) return;
    this.#child = await this.#options.begin(access, (reason) => this.#failed(reason));
    await this.#child.ready;
    if (!this.#isWanted()) return;
    this.#retry.working();
    this.#options.up();
    this.#options.report(null);
  }

  #failed(reason: string): void {
    // What is left of it is ended in the background: the next attempt comes after a pause, and says so if it is too soon.
    this.#end().catch(() => undefined);
    if (!this.#isWanted()) return;
    this.#options.toolbox.forget();
    this.#options.report(reason);
    this.#retry.schedule(() => this.start());
  }

  #isWanted(): boolean {
    return !this.#stopped;
  }

  async #end(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    await child?.stop();
  }
}
