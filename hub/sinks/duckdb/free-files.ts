import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { messageOf, WeirError } from '@weir/runtime';

/** More than a transaction opens: the write-ahead log anew after a checkpoint, and what that goes by way of. */
const FREE_MIN = 8;

/**
 * Sees to it that some file descriptors are free. DuckDB 1 that cannot open its write-ahead log in a commit ends the whole
 * process (an exception thrown in a destructor), so without it is asked for nothing. Throws `store.unreachable`.
 */
export function requireFreeFiles(path: string): void {
  const free: number[] = [];
  try {
    while (free.length < FREE_MIN) free.push(openSync(devNull, 'r'));
  } catch (error) {
    const message = `the embedded store ${path} waits for free file descriptors (${messageOf(error)})`;
    throw new WeirError('store.unreachable', message, { retryable: true, details: { path }, cause: error });
  } finally {
    for (const descriptor of free) closeSync(descriptor);
  }
}
