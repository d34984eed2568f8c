import { spawn } from 'node:child_process';
import { WeirError } from '@weir/runtime';

/** A running `weir COMMAND`, as a user would run it. */
export interface WeirProcess {
  readonly pid: number;
  /** Throws `bench.child_failed` when it has ended. */
  check(): void;
  /** Asks it to end, and waits. */
  end(): Promise<void>;
}

/** Starts `weir ARGS...`; `command` is how this machine starts `weir`. What it says on stderr comes with `check`. */
export function startWeir(
  command: readonly string[],
  args: readonly string[],
  signal: AbortSignal,
): WeirProcess {
  const [program = '', ...before] = command;
  const child = spawn(program, [...before, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)));
  child.once('error', (error) => (said = error.message));
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    pid: child.pid ?? 0,
    check() {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) return;
      throw new WeirError('bench.child_failed', `weir ${args[0]} has ended: ${said.trim()}`);
    },
    async end() {
      signal.removeEventListener('abort', kill);
      child.kill('SIGTERM');
      await gone;
    },
  };
}
