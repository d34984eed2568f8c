/**
 * A tool that runs for as long as its lines are wanted. Its stdin stays open: gpioset 1.x ends when that ends. What
 * ends the others with an agent that is killed is the toolbox's leash.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { WeirError, type Timers } from '@weir/runtime';
import { Framer } from '../decoders/framer.js';

const LF = 0x0a;
const LINE_BYTES_MAX = 256;
const SAID_LENGTH_MAX = 300;
/** How long a tool that does not say when it is ready must live to count as ready; refusals come within a few ms. */
const SETTLE_MS = 200;
/** Within this a tool that does say so must be ready. */
const READY_WITHIN_MS = 5000;
const KILL_AFTER_MS = 2000;

export interface HeldChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Start of the line that says that it is ready; null: it says nothing. */
  readonly banner: string | null;
  line(text: string): void;
  /** It ended by itself after it was ready. */
  ended(reason: string): void;
}

export class HeldChild {
  readonly #options: HeldChildOptions;
  readonly #timers: Timers;
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  /** Resolves when it holds its lines; rejects with `source.unavailable` when it ends before. */
  readonly ready: Promise<void>;
  #settle: { resolve: () => void; reject: (error: WeirError) => void } | null = null;
  #cancelSettle: (() => void) | null = null;
  #said = '';
  #stopping = false;

  constructor(options: HeldChildOptions, timers: Timers) {
    this.#options = options;
    this.#timers = timers;
    this.ready = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#child = spawn(options.command, options.args, { env: { ...process.env, LC_ALL: 'C' } });
    this.#gone = new Promise((resolve) => this.#child.once('close', () => resolve()));
    this.#listen();
    this.#cancelSettle = this.#awaitReady();
  }

  /** Ends it; resolves when it is gone and its lines are free. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#cancelSettle?.();
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM');
    const cancel = this.#timers.after(KILL_AFTER_MS, () => this.#child.kill('SIGKILL'));
    await this.#gone;
    cancel();
  }

  #awaitReady(): () => void {
    if (this.#options.banner === null) return this.#timers.after(SETTLE_MS, () => this.#settled(null));
    const late = unavailable(`${this.#options.command} was not ready within ${READY_WITHIN_MS} ms`);
    return this.#timers.after(READY_WITHIN_MS, () => this.#settled(late));
  }

  #listen(): void {
    const lines = new Framer({
      delimiters: [LF],
      maxBytes: LINE_BYTES_MAX,
      join: 'keep',
      frame: (bytes) => this.#line(bytes.toString('utf8')),
      discarded: () => undefined,
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => lines.push(chunk, 0));
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString('utf8')).slice(-SAID_LENGTH_MAX);
    });
    // A tool that has ended may leave the pipe to its stdin broken.
    this.#child.stdin?.on('error', () => undefined);
    this.#child.once('error', (error) => this.#over(error.message));
    this.#child.once('close', (code, signal) => this.#over(`ended with ${signal ?? code ?? 'an error'}`));
  }

  #line(text: string): null {
    const { banner } = this.#options;
    if (banner !== null && text.startsWith(banner)) this.#settled(null);
    else if (!this.#stopping) this.#options.line(text);
    return null;
  }

  #over(how: string): void {
    const said = this.#said.trim();
    const reason = said === '' ? `${this.#options.command} ${how}` : said;
    if (this.#settled(unavailable(reason)) || this.#stopping) return;
    this.#stopping = true;
    this.#options.ended(reason);
  }

  /** The first call decides `ready`; true when it was this one. */
  #settled(error: WeirError | null): boolean {
    const settle = this.#settle;
    if (settle === null) return false;
    this.#settle = null;
    this.#cancelSettle?.();
    if (error === null) settle.resolve();
    else settle.reject(error);
    return true;
  }
}

function unavailable(message: string): WeirError {
  return new WeirError('source.unavailable', message, { retryable: true });
}
