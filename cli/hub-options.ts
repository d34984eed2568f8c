/** What every command that asks a running hub shares: `--hub`, `--token`, `--token-file`, and the way to it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, systemCode, WeirError } from '@weir/runtime';
import { Option, type Command } from 'commander';
import { HubApi } from './hub-api.js';
import { defaultDataFolder } from './up/data-folder.js';

export interface HubOptions {
  readonly hub: string;
  readonly token?: string;
  readonly tokenFile?: string;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Adds the options by which a command finds a running hub. */
export function addHubOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--hub <url>', 'address of the hub').default('http://127.0.0.1:8087').env('WEIR_HUB'),
    )
    .addOption(new Option('--token <token>', 'token for the hub').env('WEIR_TOKEN'))
    .addOption(new Option('--token-file <file>', 'file that holds the token').env('WEIR_TOKEN_FILE'))
    .addHelpText(
      'after',
      `
Without a token the one of a hub on this machine is taken: weir-data/hub/token in this folder, or that of \`weir up\`.`,
    );
}

/** The hub that the options name. Throws `config.invalid` (no address), `config.missing` (no token). */
export async function hubApi(options: HubOptions, env: NodeJS.ProcessEnv = process.env): Promise<HubApi> {
  const url = hubUrl(options.hub);
  return new HubApi(url.origin, await tokenFor(url, options, env));
}

function hubUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new WeirError('config.invalid', `--hub: ${text} is not an address such as http://127.0.0.1:8087`);
}

async function tokenFor(
  { hostname }: URL,
  { token, tokenFile }: HubOptions,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  if (token !== undefined && token !== '') return token;
  if (tokenFile !== undefined) {
    const found = await tokenIn(tokenFile);
    if (found !== null) return found;
    throw new WeirError('config.missing', `--token-file: there is no ${tokenFile}`);
  }
  // A token of this machine's own hub is nobody else's business.
  const own = LOOPBACK.test(hostname) ? ownTokenFiles(env) : [];
  for (const path of own) {
    const found = await tokenIn(path);
    if (found !== null) return found;
  }
  const tried = own.length === 0 ? '' : `; there is no ${own.join(' and no ')}`;
  throw new WeirError(
    'config.missing',
    `a token is needed: --token, --token-file, WEIR_TOKEN or WEIR_TOKEN_FILE${tried}`,
  );
}

function ownTokenFiles(env: NodeJS.ProcessEnv): string[] {
  return [join('weir-data', 'hub', 'token'), join(defaultDataFolder(env), 'hub', 'token')];
}

/** The token in a file; null where there is no such file. */
async function tokenIn(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw new WeirError('config.missing', `the token file ${path} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
