import { spawn, spawnSync } from 'node:child_process';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { constants } from 'node:fs';
import { messageOf, WeirError } from '@weir/runtime';
import { LINE_BUFFER_BYTES, type SerialLine } from './serial-line.js';

const OPEN_TRIES = 200;
const OPEN_PAUSE_MS = 10;

/** Is socat here, without which there is no pty? */
export function canOpenPty(): boolean {
  return spawnSync('socat', ['-V'], { stdio: 'ignore' }).status === 0;
}

/** A pseudo terminal at `path` (a symbolic link), fed through socat. Throws `sim.no_line` when socat cannot make it. */
export async function openPty(path: string): Promise<SerialLine> {
  await rm(path, { force: true });
  const child = spawn('socat', ['-', `pty,raw,echo=0,link=${path}`], { stdio: ['pipe', 'ignore', 'pipe'] });
  const complaints: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      complaints.push(error.message);
      resolve();
    });
  });
  const killOnExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killOnExit);
  const end = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    process.removeListener('exit', killOnExit);
    await rm(path, { force: true });
  };
  // The line stays up while readers come and go only if somebody always has it open.
  const held = await holdOpen(path).catch(async (error: unknown) => {
    await end();
    throw new WeirError(
      'sim.no_line',
      `no pty at ${path}: ${complaints.join('').trim() || messageOf(error)}`,
    );
  });
  return {
    address: { kind: 'pty', path },
    write(bytes) {
      if (child.exitCode !== null || child.stdin.writableLength > LINE_BUFFER_BYTES) return false;
      child.stdin.write(bytes);
      return true;
    },
    async close() {
      await held.close();
      await end();
    },
  };
}

async function holdOpen(path: string): Promise<FileHandle> {
  for (let left = OPEN_TRIES; ; left--) {
    try {
      return await open(path, constants.O_WRONLY | constants.O_NOCTTY);
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, OPEN_PAUSE_MS));
    }
  }
}
