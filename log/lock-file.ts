/**
 * One writer per directory: a file that names its owner as `{ pid, started, boot, host, token }`.
 *
 * It is written beside its place and linked into it, so it is never seen half written and only one of several comers gets
 * it. An owner is gone when its machine has booted since, its pid is free, or its pid now belongs to a process that
 * started at another time (a container's first process always has pid 1). Its file is then replaced, by one comer alone:
 * whoever holds the lock on `PATH.takeover` and still finds the same dead owner. Of an owner on another host nothing can
 * be known: its file stands until someone removes it. The file need not survive a power cut and is never synced.
 */
import { randomUUID } from 'node:crypto';
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

/** Takes the lock, or throws `log.locked` with the owner's pid. Returns its release. */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const token = randomUUID();
  const mine = JSON.stringify({ ...ownerOf(process.pid), token });
  const draft = `${path}.${token}`;
  await writeFile(draft, mine);
  try {
    for (let left = TRIES; left > 0; left--) {
      const got = (await claim(draft, path)) || (await takeOver(draft, path));
      if (got) return () => release(path, mine);
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new WeirError('log.locked', `${path} changes hands all the time`, {
    retryable: true,
    details: { file: path },
  });
}

/** Replaces the file of a dead owner; false when it has changed meanwhile. Throws when the owner lives. */
async function takeOver(draft: string, path: string): Promise<boolean> {
  const seen = await content(path);
  if (seen === null) return false;
  const owner = parseOwner(seen);
  if (owner !== null && mayLive(owner)) throw lockedBy(owner, path);
  const done = await lockFile(`${path}.takeover`);
  try {
    if ((await content(path)) !== seen) return false;
    await rename(draft, path);
    return true;
  } finally {
    await done();
  }
}

function lockedBy(owner: Owner, path: string): WeirError {
  return new WeirError('log.locked', `${path}: this log is open in process ${owner.pid} on ${owner.host}`, {
    retryable: true,
    details: { file: path, pid: owner.pid, host: owner.host },
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
