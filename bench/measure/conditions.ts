/** Under which a benchmark was run: without them a figure says nothing. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, getPriority, loadavg, release, totalmem, type } from 'node:os';
import { diskSpeed, type DiskSpeed } from './disk-probe.js';

export interface Conditions {
  readonly date: string;
  /** Of the code measured; with `+` when files differ from it; '' outside a repository. */
  readonly commit: string;
  readonly node: string;
  readonly kernel: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memory_mb: number;
  /** Of the benchmark's processes, nice(2): 0 is usual, below it they go before others. */
  readonly priority: number;
  /** Processes that wanted a core in the minute before: on a quiet machine near 0. */
  readonly load_average: number;
  readonly disk: DiskSpeed;
}

/** What this machine is, and how fast the disk of `dir` is, which takes some seconds. */
export async function conditions(dir: string): Promise<Conditions> {
  return {
    date: new Date().toISOString(),
    commit: commit(),
    node: process.version,
    kernel: `${type()} ${release()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory_mb: Math.round(totalmem() / 1e6),
    priority: getPriority(),
    load_average: loadavg()[0] ?? 0,
    disk: await diskSpeed(dir),
  };
}

function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return git('rev-parse', '--short=12', 'HEAD').trim() + (changed ? '+' : '');
  } catch {
    return '';
  }
}
