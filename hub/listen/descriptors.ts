/**
 * How many sockets the process can afford. Every socket takes a file descriptor, and so do log, stores and threads: the
 * door closes before they go short.
 *
 *   |<------------------ what the system allows ------------------>|
 *   | in use at the start |  devices  | other sockets |   reserve  |
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Kept free: segments, checkpoints, DuckDB's files, a worker that starts anew. */
const RESERVE = 48;
/** Of the sockets, the part kept for requests and subscribers where there are few. */
const OTHERS_SHARE = 8;
const SOCKETS_MIN = 8;

export interface Descriptors {
  readonly limit: number;
  readonly inUse: number;
}

export interface SocketBudget {
  /** Sockets of all kinds. */
  readonly sockets: number;
  /** Of them, device connections. */
  readonly devices: number;
}

/** What this process may open and has open; null where the system does not tell (other than Linux). */
export function processDescriptors(): Descriptors | null {
  try {
    const [, soft] = /^Max open files\s+(\d+)\s/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    if (soft === undefined) return null;
    return { limit: Number(soft), inUse: readdirSync('/proc/self/fd').length };
  } catch {
    return null;
  }
}

/** The sockets that are affordable, at most `devices` and `others` of them. */
export function socketBudget(
  descriptors: Descriptors | null,
  wanted: { readonly devices: number; readonly others: number },
): SocketBudget {
  const sockets = wanted.devices + wanted.others;
  if (descriptors === null) return { sockets, devices: wanted.devices };
  const affordable = Math.max(SOCKETS_MIN, descriptors.limit - descriptors.inUse - RESERVE);
  if (sockets <= affordable) return { sockets, devices: wanted.devices };
  const others = Math.min(wanted.others, Math.ceil(affordable / OTHERS_SHARE));
  return { sockets: affordable, devices: Math.min(wanted.devices, affordable - others) };
}
