/** The real `weir` command in a child process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@weir/testing';
import { onTestFinished } from 'vitest';

const WEIR = fileURLToPath(new URL('../bin/weir.cjs', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface WeirProcess {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves when it has ended. */
  readonly finished: Promise<Finished>;
  signal(name: NodeJS.Signals): void;
}

/** Starts `weir ARGS...`; it is killed when the test ends. */
export function weir(args: readonly string[], env: Readonly<Record<string, string>> = {}): WeirProcess {
  const child = spawn(process.execPath, [WEIR, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const finished = new Promise<Finished>((resolve) =>
    child.once('close', (code) => resolve({ code, stdout, stderr })),
  );
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await finished;
  });
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    finished,
    signal: (name) => void child.kill(name),
  };
}

/** Waits until the process has printed something that matches, and returns the match. */
export async function printed(process: WeirProcess, pattern: RegExp, what: string): Promise<RegExpExecArray> {
  return waitFor(
    () => {
      const match = pattern.exec(process.stdout() + process.stderr());
      if (match === null && process.child.exitCode !== null)
        throw new Error(`ended without ${what}:\n${process.stderr()}`);
      return match;
    },
    { what, timeoutMs: 60_000 },
  );
}

/** The JSON object on the last line of stdout. */
export function lastLine(stdout: string): unknown {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}
