/** A real process that is killed, stopped and started again, always at the same place. */
import { fork, spawn, type ChildProcess, type Serializable } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';

export interface ChildOptions {
  readonly name: string;
  /** Run by the same Node with a channel for messages, or a command. */
  readonly program: { readonly module: string } | { readonly command: string };
  /** Made anew at each start. */
  readonly args: () => readonly string[];
  /** Takes both of its outputs, of all its runs. */
  readonly logFile: string;
  readonly onMessage?: (message: unknown) => void;
}

export class Child {
  readonly name: string;
  readonly #options: ChildOptions;
  #process: ChildProcess | null = null;
  #endAsked = false;
  starts = 0;
  /** How it ended when nobody had asked it to. */
  readonly deaths: string[] = [];

  constructor(options: ChildOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get running(): boolean {
    return this.#process !== null;
  }

  start(): void {
    if (this.#process !== null) return;
    const child = this.#spawn();
    this.#process = child;
    this.#endAsked = false;
    this.starts += 1;
    const killOnExit = (): void => void child.kill('SIGKILL');
    process.once('exit', killOnExit);
    child.once('exit', (code, signal) => {
      process.removeListener('exit', killOnExit);
      this.#process = null;
      if (!this.#endAsked) this.deaths.push(`${this.name} ended by itself (${signal ?? `code ${code}`})`);
    });
    child.once('error', (error) => {
      this.deaths.push(`${this.name} cannot be run: ${error.message}`);
      this.#process = null;
    });
    if (this.#options.onMessage !== undefined) child.on('message', this.#options.onMessage);
  }

  /** SIGKILL: it learns nothing of it. Resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Asks it to end, and insists after a while. Resolves with how it ended. */
  async stop(graceMs: number): Promise<number | NodeJS.Signals | null> {
    const child = this.#process;
    const insist = setTimeout(() => child?.kill('SIGKILL'), graceMs);
    await this.#end('SIGTERM');
    clearTimeout(insist);
    return child?.exitCode ?? child?.signalCode ?? null;
  }

  /** SIGSTOP: to all others it looks as if the network were gone. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Tells it something after which its end is its own business. */
  dismiss(message: Serializable): void {
    this.#endAsked = true;
    this.#process?.send(message);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    this.#endAsked = true;
    const gone = once(child, 'exit');
    child.kill(signal);
    // A stopped process takes no other signal than SIGKILL before it goes on.
    child.kill('SIGCONT');
    await gone;
  }

  #spawn(): ChildProcess {
    const { program, args, logFile } = this.#options;
    const log = openSync(logFile, 'a');
    // A group of its own: Ctrl-C is for the one who tortures.
    const detached = true;
    try {
      return 'module' in program
        ? fork(program.module, [...args()], { detached, stdio: ['ignore', log, log, 'ipc'] })
        : spawn(program.command, [...args()], { detached, stdio: ['ignore', log, log] });
    } finally {
      closeSync(log);
    }
  }
}
