import { GapReason } from '@weir/protocol';
import type { SpoolLanes } from './lanes.js';
import type { Ledger } from './ledger.js';
import type { SpoolDisk } from './spool-disk.js';
import type { StoredFrame } from './stored-frame.js';
import { Tail } from './tail.js';

export interface ReliefParts {
  readonly tail: Tail;
  readonly memoryBytes: number;
  readonly disk: SpoolDisk | null;
  readonly lanes: SpoolLanes | null;
  readonly ledger: Ledger;
}

/** At half of the bound frames leave memory for the disk; down to this part of it the oldest are given up at the bound. */
const KEPT = 0.75;

/** Keeps the tail within its bound: first what is safe on disk leaves it, then the oldest is given up. */
export function relieveMemory({ tail, memoryBytes, disk, lanes, ledger }: ReliefParts): void {
  if (tail.bytes <= memoryBytes / 2) return;
  disk?.writeAll();
  for (const held of tail.all()) {
    if (tail.bytes <= memoryBytes / 2 || disk?.isDurable(held) !== true) break;
    // Describe frames keep their turn: live readings after them need them.
    if (held.frame.kind === 'describe') continue;
    tail.delete(held.frame.seq);
    lanes?.evicted(held.frame.seq);
  }
  if (tail.bytes > memoryBytes)
    ledger.lose(oldest(tail, tail.bytes - memoryBytes * KEPT), GapReason.spoolBytes);
}

/** The oldest frames that together take so much memory, without describe frames. */
function oldest(tail: Tail, bytes: number): StoredFrame[] {
  const frames: StoredFrame[] = [];
  let sum = 0;
  for (const { frame } of tail.all()) {
    if (sum >= bytes) break;
    if (frame.kind === 'describe') continue;
    sum += Tail.cost(frame);
    frames.push(frame);
  }
  return frames;
}
