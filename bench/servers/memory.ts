/** What a server holds once everything that can go has gone. */
export interface MemoryHeld {
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Outside V8's heap, buffers above all. */
  readonly externalBytes: number;
}

/** Rounds of collection: what finalizers free is collected in the next. */
const ROUNDS = 4;
const PAUSE_MS = 250;

/** Needs Node's flag `--expose-gc`. */
export async function memoryHeld(): Promise<MemoryHeld> {
  if (globalThis.gc === undefined) throw new Error('started without --expose-gc');
  for (let round = 0; round < ROUNDS; round++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  const { rss: rssBytes, heapUsed: heapBytes, external: externalBytes } = process.memoryUsage();
  return { rssBytes, heapBytes, externalBytes };
}
