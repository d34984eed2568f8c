/**
 * One writer per directory: a symbolic link whose target names its owner, `PID:STARTED:BOOT@HOST`.
 *
 * A link comes whole or not at all, for one of several comers only, and needs no block of its own: a log opens on a full
 * disk too, which is what empties a spool. Where the file system has no links (FAT) a small file takes its place.
 *
 * An owner is gone when its machine has booted since, its pid is free, or its pid now belongs to a process that started at
 * another time (a container's first process always has pid 1). Its lock is then replaced, by one comer alone: whoever
 * holds the lock on `PATH.takeover` and still finds the same dead owner. Of an owner on another host nothing can be known:
 * its lock stands until someone removes it. A lock need not survive a power cut and is never synced.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { WeirError, bootId, systemCode } from '@weir/runtime';

interface Owner {
  readonly pid: number;
  /** The process's start, clock ticks since boot; empty where the system does not tell. */
  readonly started: string;
  readonly boot: string;
  readonly host: string;
}

const TRIES = 5;
/** So that the target of a link fits into the inode of common file systems (60 bytes). */
const HOST_CHARACTERS = 24;
const BOOT_CHARACTERS = 8;
const WITHOUT_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/** Takes the lock, or throws `log.locked` with the owner's pid. Returns its release. */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const mine = textOf(ownerOf(process.pid));
  for (let left = TRIES; left > 0; left--) {
    if ((await claim(path, mine)) || (await takeOver(path, mine))) return () => release(path, mine);
  }
  throw new WeirError('log.locked', `${path} changes hands all the time`, {
    retryable: true,
    details: { file: path },
  });
}

/** Puts the lock where there is none. */
async function claim(path: string, text: string): Promise<boolean> {
  try {
    await symlink(text, path);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') return false;
    if (code === null || !WITHOUT_LINKS.includes(code)) throw error;
    return claimByFile(path, text);
  }
}

async function claimByFile(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function release(path: string, mine: string): Promise<void> {
  if ((await ownerText(path)) === mine) await rm(path, { force: true });
}

/** Replaces the lock of a dead owner; false when it has changed meanwhile. Throws when the owner lives. */
async function takeOver(path: string, mine: string): Promise<boolean> {
  const seen = await ownerText(path);
  if (seen === null) return false;
  const owner = parseOwner(seen);
  if (owner !== null && mayLive(owner)) throw lockedBy(owner, path);
  const done = await lockFile(`${path}.takeover`);
  try {
    if ((await ownerText(path)) !== seen) return false;
    const draft = `${path}.${randomUUID()}`;
    await claim(draft, mine);
    await rename(draft, path);
    return true;
  } finally {
    await done();
  }
}

function lockedBy(owner: Owner, path: string): WeirError {
  return new WeirError(
    'log.locked',
    `${path}: this log is open in process ${owner.pid} on ${owner.host}; two need a folder each`,
    {
      retryable: true,
      details: { file: path, pid: owner.pid, host: owner.host },
    },
  );
}

/** What the lock says, or null where there is none. */
async function ownerText(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    if (systemCode(error) !== 'EINVAL') throw error;
  }
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function textOf({ pid, started, boot, host }: Owner): string {
  return `${pid}:${started}:${boot}@${host}`;
}

/** Null for a file that a power cut left empty or torn. */
function parseOwner(text: string): Owner | null {
  const [, pid, started = '', boot = '', host = ''] = /^(\d+):(\d*):([^@]*)@(.*)$/.exec(text) ?? [];
  return pid === undefined ? null : { pid: Number(pid), started, boot, host };
}

function mayLive(owner: Owner): boolean {
  const { started, boot, host } = ownerOf(owner.pid);
  if (owner.host !== host) return true;
  if (owner.boot !== boot || !pidInUse(owner.pid)) return false;
  return owner.started === '' || started === '' || started === owner.started;
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
  const host = hostname().slice(0, HOST_CHARACTERS);
  return { pid, started: startOf(pid), boot: bootId().slice(0, BOOT_CHARACTERS), host };
}

/** Field 22 of /proc/PID/stat; counted from behind the name, which may hold spaces. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
