/**
 * One writer per directory: a file that names its owner as `{ pid, started, boot, host }`.
 *
 * It is written beside its place and linked into it, so it is never seen half written and only one of several comers gets
 * it. An owner is gone when its machine has booted since, its pid is free, or its pid now belongs to a process that
 * started at another time (a container's first process always has pid 1). Of an owner on another host nothing can be
 * known: then the file stands until someone removes it. The file need not survive a power cut and is never synced.
 */
import { constants, readFileSync } from 'node:fs';
import { copyFile, link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { WeirError, bootId, messageOf, systemCode } from '@weir/runtime';

interface Owner {
  readonly pid: number;
  /** The process's start, clock ticks since boot; null where the system does not tell. */
  readonly started: number | null;
  readonly boot: string;
  readonly host: string;
}

const TRIES = 5;
let serial = 0;

/** Takes the lock, or throws `log.locked` with the owner's pid. Returns its release. */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const mine = JSON.stringify(ownerOf(process.pid));
  const draft = `${path}.${process.pid}.${++serial}`;
  await writeFile(draft, mine);
  try {
    for (let left = TRIES; left > 0; left--) {
      if (await claim(draft, path)) return () => release(path, mine);
      await clearStale(path, `${draft}.stale`);
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new WeirError('log.locked', `${path} changes hands all the time`, {
    retryable: true,
    details: { file: path },
  });
}

async function claim(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    if (systemCode(error) === 'EPERM' || systemCode(error) === 'ENOTSUP') return claimByCopy(draft, path);
    throw error;
  }
}

/** For file systems without hard links, such as FAT. */
async function claimByCopy(draft: string, path: string): Promise<boolean> {
  try {
    await copyFile(draft, path, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function release(path: string, mine: string): Promise<void> {
  if ((await content(path)) === mine) await rm(path, { force: true });
}

/** Moves a dead owner's file away; throws when the owner lives. */
async function clearStale(path: string, aside: string): Promise<void> {
  const seen = await content(path);
  if (seen === null) return;
  const owner = parseOwner(seen);
  if (owner !== null && mayLive(owner)) {
    throw new WeirError('log.locked', `${path}: this log is open in process ${owner.pid} on ${owner.host}`, {
      retryable: true,
      details: { file: path, pid: owner.pid, host: owner.host },
    });
  }
  try {
    await rename(path, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  // Another comer may have replaced the stale file in between: then what was moved is theirs, and goes back.
  if ((await content(aside)) !== seen) await claim(aside, path);
  await rm(aside, { force: true });
}

async function content(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw new WeirError('log.io', `cannot read the lock ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** Null for a file that a power cut left empty or torn. */
function parseOwner(text: string): Owner | null {
  try {
    const { pid, started, boot, host } = JSON.parse(text) as Partial<Owner>;
    if (typeof pid !== 'number' || typeof boot !== 'string' || typeof host !== 'string') return null;
    return { pid, started: typeof started === 'number' ? started : null, boot, host };
  } catch {
    return null;
  }
}

function mayLive(owner: Owner): boolean {
  if (owner.host !== hostname()) return true;
  if (owner.boot !== bootId() || !pidInUse(owner.pid)) return false;
  const started = startOf(owner.pid);
  return owner.started === null || started === null || started === owner.started;
}

function pidInUse(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

function ownerOf(pid: number): Owner {
  return { pid, started: startOf(pid), boot: bootId(), host: hostname() };
}

/** Field 22 of /proc/PID/stat; counted from behind the name, which may hold spaces. */
function startOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const started = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    return Number.isFinite(started) ? started : null;
  } catch {
    return null;
  }
}
