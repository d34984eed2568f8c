import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { WeirError } from '@weir/runtime';

/** Where the system's own commands are, whoever calls. */
export const COMMAND_ENV = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
const COMMAND_MS = 10_000;
const execute = promisify(execFile);

/** Runs a command to its end. Rejects with `bench.link_failed`, which says what it said. */
export async function runCommand([program = '', ...args]: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(program, args, {
      timeout: COMMAND_MS,
      env: { ...process.env, ...COMMAND_ENV },
    });
    return stdout;
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    throw new WeirError('bench.link_failed', `${program} fails: ${stderr.trim() || message}`, {
      cause: error,
    });
  }
}
