import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface CrashRun {
  readonly kind: 'duckdb' | 'influx';
  readonly options: object;
  readonly logDir: string;
  readonly durable: number;
  /** Such as `before COMMIT`; without it the child does all there is to do. */
  readonly moment?: string;
  readonly nth?: number;
}

/** Runs a sink in a child process; returns whether it was killed by itself. Throws when it fails in another way. */
export async function runCrashChild(run: CrashRun): Promise<boolean> {
  const script = fileURLToPath(new URL('./crash-child.js', import.meta.url));
  const { kind, options, logDir, durable, moment = '', nth = 1 } = run;
  const given = [kind, JSON.stringify(options), logDir, String(durable), moment, String(nth)];
  const child = spawn(process.execPath, [script, ...given], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (signal === 'SIGKILL') return true;
  if (code === 0) return false;
  throw new Error(`the child ended with ${code ?? signal}: ${errors}`);
}
