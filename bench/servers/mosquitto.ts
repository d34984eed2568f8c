/** mosquitto with persistence on, otherwise as it comes, but for queues without limits: what it drops is not by its settings. */
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WeirError } from '@weir/runtime';

/** mosquitto.conf(5), of version 2.0: what a PUBACK means there. */
export const MOSQUITTO_PROMISE =
  'the message is in the memory of the broker. With persistence on it is written to disk when the broker closes and every ' +
  'autosave_interval, 1800 s unless set (mosquitto.conf(5)): a crash loses what came since';

const LOOK_MS = 20;
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

/** Starts it in a folder of its own. Rejects with `bench.child_failed`. */
export async function startMosquitto(command: string, dir: string, signal: AbortSignal): Promise<Mosquitto> {
  const port = await freePort();
  const file = join(dir, 'mosquitto.conf');
  await writeFile(
    file,
    [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      'user root',
      'persistence true',
      `persistence_location ${dir}/`,
      'max_queued_messages 0',
      'max_inflight_messages 0',
      'log_type error',
    ].join('\n'),
  );
  const child = spawn(command, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
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
  await listening(child, port).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  return { pid: child.pid ?? 0, port, end };
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-1_000)));
  const endMs = performance.now() + START_MS;
  while (child.pid !== undefined && child.exitCode === null && performance.now() < endMs) {
    if (await accepts(port)) return;
    await sleep(LOOK_MS);
  }
  throw new WeirError('bench.child_failed', `mosquitto does not start: ${said.trim()}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
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
