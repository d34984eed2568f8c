/** A serial line without hardware: two linked pseudo terminals by socat. */
import { spawn } from 'node:child_process';
import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { serverCommand } from './available.js';
import { makeFolder } from './folder.js';
import { waitFor } from './wait.js';

export interface PtyPair {
  /** The end that a program under test opens. */
  readonly device: string;
  /** The end that plays the microcontroller. */
  readonly controller: string;
  /** Pulls the plug: both ends vanish. */
  unplug(): Promise<void>;
  /** Plugs in again at the same paths. */
  plug(): Promise<void>;
  stop(): Promise<void>;
}

export async function ptyPair(): Promise<PtyPair> {
  const folder = await makeFolder();
  const [device, controller] = [join(folder.path, 'device'), join(folder.path, 'controller')];
  const exists = async (path: string): Promise<boolean> =>
    lstat(path).then(
      () => true,
      () => false,
    );
  let end: (() => Promise<void>) | null = null;
  const pair: PtyPair = {
    device,
    controller,
    async unplug() {
      await end?.();
      end = null;
      await Promise.all([rm(device, { force: true }), rm(controller, { force: true })]);
    },
    async plug() {
      const child = spawn(
        serverCommand('socat'),
        [`pty,raw,echo=0,link=${device}`, `pty,raw,echo=0,link=${controller}`],
        {
          stdio: 'ignore',
        },
      );
      const killOnExit = (): void => void child.kill('SIGKILL');
      process.once('exit', killOnExit);
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      end = async () => {
        child.kill('SIGTERM');
        await ended;
        process.removeListener('exit', killOnExit);
      };
      await waitFor(async () => (await exists(device)) && (await exists(controller)), {
        what: 'socat to link its ptys',
      });
    },
    async stop() {
      await pair.unplug();
      await folder.remove();
    },
  };
  await pair.plug();
  return pair;
}
