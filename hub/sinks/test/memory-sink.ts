import type { Sink, SinkBatch } from '../sink.js';

/** Keeps batches in memory, across `close` and `open`; fails when told to. */
export class MemorySink implements Sink {
  readonly quarantined = 0;
  readonly batches: SinkBatch[] = [];
  cursor = 0;
  opens = 0;
  /** Thrown by the next `open` or `write`, as long as it is set. */
  openFault: Error | null = null;
  writeFault: Error | null = null;

  open(): Promise<number> {
    this.opens += 1;
    return this.openFault === null ? Promise.resolve(this.cursor) : Promise.reject(this.openFault);
  }

  write(batch: SinkBatch): Promise<void> {
    if (this.writeFault !== null) return Promise.reject(this.writeFault);
    this.batches.push(batch);
    this.cursor = batch.next;
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
