/** The files at the root of the repository that describe containers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** From `testing/dist/compose`. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export const rootFile = (...path: string[]): string => join(ROOT, ...path);
export const readRootFile = (...path: string[]): string => readFileSync(rootFile(...path), 'utf8');

export interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly profiles?: readonly string[];
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export function readCompose(): Compose {
  return parse(readRootFile('docker-compose.yml'), { merge: true }) as Compose;
}

/** `${NAME:-default}` and `$$`, as compose puts them in. */
export function interpolate(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(
    /\$\$|\$\{([A-Z_]+):-([^}]*)\}/g,
    (found, name: string | undefined, fallback: string) =>
      found === '$$' || name === undefined ? '$' : (env[name] ?? fallback),
  );
}

/** The stages of the Dockerfile in order: name, what it is from, and its instructions. */
export function dockerfileStages(): { name: string; from: string; instructions: string[] }[] {
  const joined = readRootFile('Dockerfile')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '');
  const stages: { name: string; from: string; instructions: string[] }[] = [];
  for (const line of joined.split('\n').filter((each) => each.trim() !== '')) {
    const from = /^FROM (?:--platform=\S+ )?(\S+) AS (\S+)$/.exec(line);
    if (from !== null) stages.push({ name: from[2] ?? '', from: from[1] ?? '', instructions: [] });
    else stages.at(-1)?.instructions.push(line);
  }
  return stages;
}
