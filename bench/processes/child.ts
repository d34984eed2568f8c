/**
 * A child process that answers calls over Node's IPC. Whoever is measured, and whoever makes the load, has a process of its
 * own, new for each run: no run warms the caches or fills the heap of the next.
 */
import { fork, type ChildProcess, type ForkOptions } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { WeirError } from '@weir/runtime';

/** What a child can be asked: one argument, one answer. */
export type Methods = Record<string, (argument: never) => unknown>;

export interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

export type Answer =
  { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: string };

export interface ChildOptions {
  /** Kills the child when it aborts. */
  readonly signal: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node's, such as `--cpu-prof`. */
  readonly execArgv?: readonly string[];
  /** Command that runs Node, given behind it: at an end of a link, say. It must become what it runs. */
  readonly exec?: readonly string[];
}

interface Waiter {
  readonly resolve: (result: never) => void;
  readonly reject: (error: WeirError) => void;
}

/** Time that a child has for ending by itself. */
const END_MS = 10_000;

export class Child<M extends Methods> {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #waiters = new Map<number, Waiter>();
  readonly #gone: Promise<void>;
  #next = 1;

  /** Starts `script`, a module that calls `serve`. */
  constructor(script: URL, { signal, env = {}, execArgv = [], exec = [] }: ChildOptions) {
    this.#name = script.pathname.split('/').at(-1) ?? '';
    this.#process = fork(fileURLToPath(script), {
      env: { ...process.env, ...env },
      ...throughCommand([...exec, process.execPath, ...execArgv]),
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#process.on('message', (answer) => this.#answered(answer as Answer));
    const kill = (): void => void this.#process.kill('SIGKILL');
    signal.addEventListener('abort', kill);
    this.#gone = new Promise((resolve) => {
      this.#process.once('exit', (code, by) => {
        signal.removeEventListener('abort', kill);
        this.#abandon(`${this.#name} ended (${by ?? `exit code ${code}`}) before it had answered`);
        resolve();
      });
    });
    if (signal.aborted) kill();
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Rejects with `bench.child_failed`. */
  call<K extends keyof M & string>(
    name: K,
    ...[argument]: Parameters<M[K]>
  ): Promise<Awaited<ReturnType<M[K]>>> {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiters.set(id, { resolve, reject });
      const call: Call = { id, name, argument };
      if (!this.#process.connected) return this.#abandon(`${this.#name} has ended`);
      this.#process.send(call, (error) => {
        if (error !== null) this.#abandon(`${this.#name} cannot be reached: ${error.message}`);
      });
    });
  }

  /** Lets it end by itself, as it does when its parent hangs up; kills it if it does not. */
  async end(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), END_MS);
    await this.#gone;
    clearTimeout(timer);
  }

  #answered(answer: Answer): void {
    const waiter = this.#waiters.get(answer.id);
    this.#waiters.delete(answer.id);
    if ('error' in answer) waiter?.reject(new WeirError('bench.child_failed', answer.error));
    else waiter?.resolve(answer.result as never);
  }

  #abandon(reason: string): void {
    for (const { reject } of this.#waiters.values()) reject(new WeirError('bench.child_failed', reason));
    this.#waiters.clear();
  }
}

/** `fork` knows one program and what stands before the script. */
function throughCommand([execPath = '', ...execArgv]: readonly string[]): ForkOptions {
  return { execPath, execArgv };
}
