import type { HeldEpoch } from '@weir/protocol';
import type { ClockSourceName } from '../ingest/record.js';
import { EpochEntry } from './epoch.js';
import type { Series } from './series.js';

/** A device's live connection, as its session keeps it. */
export interface Connection {
  readonly sinceUs: number;
  readonly remote: string;
  /** What the device still held when it said hello. */
  readonly held: readonly HeldEpoch[];
  clock: { readonly source: ClockSourceName; readonly uncertaintyUs: number } | null;
}

/** Epochs that a device no longer holds but that are remembered nonetheless, newest first. */
const FORMER_EPOCHS_MAX = 64;

export class DeviceEntry {
  readonly id: number;
  readonly name: string;
  readonly series = new Map<string, Series>();
  /** In the order of first sight. */
  readonly epochs = new Map<number, EpochEntry>();
  agent: string | null = null;
  remote: string | null = null;
  connection: Connection | null = null;
  /** UTC us at which a frame of it was last taken, whatever it held. */
  lastSeenUs: number | null = null;
  /** The same for readings, and for frames over HTTP; null since the hub's start. */
  lastReadingUs: number | null = null;
  postedUs: number | null = null;
  readings = 0;
  rejected = 0;
  /** Sequences that the device reported as dropped. */
  lost = 0;

  constructor(id: number, name: string) {
    this.id = id;
    this.name = name;
  }

  epoch(epoch: number): EpochEntry {
    let entry = this.epochs.get(epoch);
    if (entry === undefined) {
      entry = new EpochEntry(epoch);
      this.epochs.set(epoch, entry);
    }
    return entry;
  }

  /**
   * Forgets old epochs that the device does not hold any more: it has nothing left of them to send again. A few are
   * kept, for a spool restored from a copy.
   */
  forgetFormerEpochs(held: ReadonlySet<number>): void {
    const former = [...this.epochs.values()].filter(
      (entry) => !held.has(entry.epoch) && entry.inFlight.length === 0 && entry.target === null,
    );
    for (const entry of former.slice(0, -FORMER_EPOCHS_MAX)) this.epochs.delete(entry.epoch);
  }

  /** Frames that the device held at its hello and that are still to come. */
  get backlogFrames(): number {
    let frames = 0;
    for (const { epoch, held } of this.connection?.held ?? []) {
      if (held === null) continue;
      const missing = this.epochs.get(epoch)?.settled.missing(held[0], held[1]) ?? [held];
      for (const [first, last] of missing) frames += last - first + 1;
    }
    return frames;
  }

  /** Shortest expected time between readings of any channel, ms; null when no channel has one. */
  get intervalMs(): number | null {
    let shortest: number | null = null;
    for (const { intervalMs } of this.series.values()) {
      if (intervalMs !== null && (shortest === null || intervalMs < shortest)) shortest = intervalMs;
    }
    return shortest;
  }
}
