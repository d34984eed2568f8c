import { homedir } from 'node:os';
import { join } from 'node:path';
import { makeDirectory, messageOf, WeirError } from '@weir/runtime';

/** Where `weir up` keeps its state unless told: the user's data folder by the XDG base directory specification. */
export function defaultDataFolder(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'weir');
}

/** Makes the folder. Throws `up.no_data_folder` that names it. */
export async function makeDataFolder(path: string): Promise<void> {
  try {
    await makeDirectory(path, 0o700);
  } catch (error) {
    throw new WeirError(
      'up.no_data_folder',
      `cannot make the data folder ${path}: ${messageOf(error)}; choose another with --data`,
      {
        cause: error,
      },
    );
  }
}
