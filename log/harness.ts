/** What the tests of the log share. */
import type { Timers } from '@weir/runtime';
import type { LogBatch, Skipped } from './batch-reader.js';

/** Timers that fire when told. */
export class ManualTimers implements Timers {
  readonly #waiting = new Set<{ readonly ms: number; readonly run: () => void }>();

  after(ms: number, run: () => void): () => void {
    const entry = { ms, run };
    this.#waiting.add(entry);
    return () => this.#waiting.delete(entry);
  }

  /** The delays waited for. */
  get delays(): number[] {
    return [...this.#waiting].map(({ ms }) => ms);
  }

  /** Runs all that wait now. */
  fire(): void {
    const due = [...this.#waiting];
    this.#waiting.clear();
    for (const { run } of due) run();
  }
}

/** A record whose bytes follow from its number, so that a wrong one shows. */
export function numbered(number: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = (number * 31 + i * 7 + (i >> 3)) & 255;
  return bytes;
}

export interface ReadAll {
  readonly records: { readonly offset: number; readonly next: number; readonly data: Uint8Array }[];
  readonly skipped: Skipped[];
  readonly next: number;
}

/** Reads on until the end. Checks that no byte is passed without a record or a word. */
export async function readAll(
  read: (from: number) => Promise<LogBatch>,
  from: number,
  end: number,
): Promise<ReadAll> {
  const all: ReadAll = { records: [], skipped: [], next: from };
  let at = from;
  while (at < end) {
    const batch = await read(at);
    const spans = [
      ...batch.skipped.map((skip) => ({ start: skip.from, end: skip.to })),
      ...batch.records.map((record) => ({ start: record.offset, end: record.next })),
    ];
    for (const span of spans) {
      if (span.start !== at || span.end <= at)
        throw new Error(`bytes ${at} to ${span.start} are not accounted for`);
      at = span.end;
    }
    if (batch.next !== at || spans.length === 0)
      throw new Error(`next is ${batch.next}, the batch ends at ${at}`);
    all.records.push(...batch.records);
    all.skipped.push(...batch.skipped);
  }
  return { ...all, next: at };
}

/** Lets everything run that waits for nothing but other promises. */
export async function settle(turns = 200): Promise<void> {
  for (let i = 0; i < turns; i++) await Promise.resolve();
}
