/** mosquitto with persistence on, otherwise as it comes, but for queues without limits: what it drops is not by its settings. */
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { WeirError } from '@weir/runtime';

/** mosquitto.conf(5), of version 2.0: what a PUBACK means there. */
export const MOSQUITTO_PROMISE =
  'the message is in the memory of the broker. With persistence on it is written to disk when the broker closes and every ' +
  'autosave_interval, 1800 s unless set (mosquitto.conf(5)): a crash loses what came since';

const START_MS = 10_000;

/** Its full path, or null when it is not installed. */
export function mosquittoPath(): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const candidates = folders.filter((folder) => folder !== '').map((folder) => join(folder, 'mosquitto'));
  return candidates.find(executable) ?? null;
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Mosquitto {
  readonly pid: number;
  readonly port: number;
  end(): Promise<void>;
}

export interface MosquittoOptions {
  /** What starts it: its path (`mosquittoPath`), behind a command that runs it somewhere else if need be. */
  readonly command: readonly string[];
  /** A folder of its own. */
  readonly dir: string;
  /** Address to listen on. */
  readonly host: string;
  /** TCP_NODELAY; mosquitto has it off unless told. */
  readonly noDelay: boolean;
  /** Kills it when it aborts. */
  readonly signal: AbortSignal;
}

/** Resolves when it listens. Rejects with `bench.child_failed`. */
export async function startMosquitto({
  command: [program = '', ...args],
  ...options
}: MosquittoOptions): Promise<Mosquitto> {
  const { dir, signal } = options;
  const port = await freePort();
  const file = join(dir, 'mosquitto.conf');
  await writeFile(file, configuration(options, port));
  const child = spawn(program, [...args, '-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  const gone = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  const end = async (): Promise<void> => {
    signal.removeEventListener('abort', kill);
    // Asked to end it would write its database first, which nobody reads.
    kill();
    await gone;
  };
  try {
    await running(child);
  } catch (error) {
    await end();
    throw error;
  }
  return { pid: child.pid ?? 0, port, end };
}

function configuration({ dir, host, noDelay }: Omit<MosquittoOptions, 'command'>, port: number): string {
  return [
    `listener ${port} ${host}`,
    'allow_anonymous true',
    'user root',
    'persistence true',
    `persistence_location ${dir}/`,
    'max_queued_messages 0',
    'max_inflight_messages 0',
    `set_tcp_nodelay ${noDelay}`,
    'log_dest stderr',
    'log_type error',
    'log_type information',
    'connection_messages false',
    '',
  ].join('\n');
}

/** It says so: whether its port answers could be seen from its own network namespace alone. */
function running(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (reason: string): void => {
      clearTimeout(timer);
      reject(new WeirError('bench.child_failed', `mosquitto does not start: ${reason}`));
    };
    const timer = setTimeout(() => fail(`it says nothing of running: ${said.trim()}`), START_MS);
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-1_000);
      if (!/^\d+: mosquitto version \S+ running$/m.test(said)) return;
      clearTimeout(timer);
      resolve();
    });
    child.once('error', ({ message }) => fail(message));
    child.once('exit', () => fail(said.trim()));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
