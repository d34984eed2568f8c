/** A real server as a child process: started on a free loopback port, waited for, and surely ended. */
import { spawn, type ChildProcess } from 'node:child_process';
import { accepts } from './ports.js';
import { waitFor } from './wait.js';

export interface ServerProcess {
  readonly port: number;
  readonly url: string;
  /** Asks it to end, insists after a while, and removes its folder if the starter made it. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would; its folder stays. */
  kill(): Promise<void>;
}

export interface ServerStart {
  readonly command: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly scheme: string;
  /** Beyond accepting connections: is it ready? */
  readonly ready?: () => Promise<boolean>;
  readonly cleanUp?: () => Promise<void>;
  readonly env?: Readonly<Record<string, string>>;
}

const STOP_GRACE_MS = 5_000;

export async function startServerProcess(start: ServerStart): Promise<ServerProcess> {
  const child = spawn(start.command, start.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...start.env },
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => output.splice(0, Math.max(0, output.push(chunk.toString()) - 50)));
  }
  const killOnExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killOnExit);
  const ended = exitOf(child).then(() => process.removeListener('exit', killOnExit));
  try {
    await waitFor(
      async () => {
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
        return (
          (await accepts(start.port)) &&
          (start.ready === undefined || (await start.ready().catch(() => false)))
        );
      },
      { what: `${start.command} on port ${start.port}`, timeoutMs: 60_000, everyMs: 30 },
    );
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${start.command} did not start: ${String(error)}\n${output.join('')}`);
  }
  return {
    port: start.port,
    url: `${start.scheme}://127.0.0.1:${start.port}`,
    async stop() {
      child.kill('SIGTERM');
      const insist = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
      await ended;
      clearTimeout(insist);
      await start.cleanUp?.();
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}
