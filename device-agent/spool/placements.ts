import type { SpoolRecord } from './record.js';

/**
 * Where the newest copy stands of what later frames need: epochs, anchors and describe frames. What stands in a segment
 * that goes, and is needed still, is written again before.
 */
export class Placements {
  readonly #offsets = new Map<string, number>();

  /** A record stands at `offset`. */
  note(record: SpoolRecord, offset: number): void {
    switch (record.kind) {
      case 'epoch':
        this.#offsets.set(epochKey(record.epoch), offset);
        break;
      case 'anchor':
        this.#offsets.set(anchorKey(record.boot), offset);
        break;
      case 'frame':
      case 'copy':
        if (record.frame.kind === 'describe')
          this.#offsets.set(describeKey(record.frame.epoch, record.frame.seq), offset);
        break;
      case 'settled':
        break;
    }
  }

  /** Whether what is named stands in the log at `floor` or later. */
  has(key: string, floor: number): boolean {
    return (this.#offsets.get(key) ?? -1) >= floor;
  }

  dropBefore(start: number): void {
    for (const [key, offset] of this.#offsets) if (offset < start) this.#offsets.delete(key);
  }
}

export const epochKey = (epoch: number): string => `epoch ${epoch}`;
export const anchorKey = (boot: string): string => `anchor ${boot}`;
export const describeKey = (epoch: number, seq: number): string => `describe ${epoch} ${seq}`;
