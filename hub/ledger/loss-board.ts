/**
 * Losses to be told of, as lines for people: the hub writes them as readings of its own device, whence they go to every store
 * and stand as annotations on the dashboards.
 *
 *   losses ──merged by device and cause──► board ──texts──► `ledger/loss` of the hub's device ──on the log──► board cleared
 *
 * It listens to the tables, at start to the log read back as well. So what was lost is told of exactly once, whenever the hub
 * crashes: a loss and its telling are both records of the log, and a telling tells of all losses before it. However many
 * there are, a telling has a few lines.
 */
import type { Registry } from '../registry/registry.js';
import type { Series } from '../registry/series.js';
import type { Loss } from './losses.js';

/** The channel of the hub's own device. */
export const LOSS_CHANNEL = 'ledger/loss';
/** Lines in one telling; the last says how much is left out. */
const LINES_MAX = 16;
/** Devices and causes that are told apart. */
const KINDS_MAX = 1_000;

interface Merged {
  readonly device: string;
  readonly cause: string;
  frames: number;
  ranges: number;
  epoch: number;
  first: number;
  last: number;
}

export class LossBoard {
  readonly #ownDevice: string;
  readonly #merged = new Map<string, Merged>();
  /** Beyond the kinds that are told apart. */
  #others = 0;

  constructor(ownDevice: string) {
    this.#ownDevice = ownDevice;
  }

  /** Listens to tables from here on. */
  follow(registry: Registry): void {
    const watch = (series: readonly Series[]): void => {
      for (const each of series)
        if (each.device === this.#ownDevice && each.channel === LOSS_CHANNEL) each.watch(() => this.#clear());
    };
    watch(registry.allSeries());
    registry.onSeries(watch);
    registry.onLoss((loss) => this.#add(loss));
  }

  /** What has not been told of yet. It is told when these are in the log as readings. */
  texts(): string[] {
    const all = [...this.#merged.values()].sort((a, b) => b.frames - a.frames);
    const shown = all.slice(0, LINES_MAX - 1);
    const rest = all.slice(LINES_MAX - 1);
    const left = rest.reduce((sum, { frames }) => sum + frames, this.#others);
    const more = left === 0 ? [] : [`and ${left} more frames; weir ledger DEVICE has all`];
    return [...shown.map(textOf), ...more];
  }

  #add({ device, state, reason, sink, epoch, ranges }: Loss): void {
    const cause = sink === null ? `${state} ${reason}` : `${state} ${reason} not in ${sink}`;
    const key = `${device} ${cause}`;
    const frames = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    let merged = this.#merged.get(key);
    if (merged === undefined && this.#merged.size >= KINDS_MAX) {
      this.#others += frames;
      return;
    }
    if (merged === undefined) {
      merged = { device, cause, frames: 0, ranges: 0, epoch, first: 0, last: 0 };
      this.#merged.set(key, merged);
    }
    merged.frames += frames;
    for (const [first, last] of ranges) {
      const goesOn = merged.ranges > 0 && merged.epoch === epoch && first === merged.last + 1;
      if (!goesOn) Object.assign(merged, { epoch, first, ranges: merged.ranges + 1 });
      merged.last = last;
    }
  }

  #clear(): void {
    this.#merged.clear();
    this.#others = 0;
  }
}

/** `boiler-7 expired spool_bytes: 60 frames, epoch 1099511627776 121-180` */
function textOf({ device, cause, frames, ranges, epoch, first, last }: Merged): string {
  const where = `epoch ${epoch} ${first === last ? first : `${first}-${last}`}`;
  const count = `${frames} ${frames === 1 ? 'frame' : 'frames'}`;
  return `${device} ${cause}: ${count}, ${ranges === 1 ? where : `${ranges} ranges, the last ${where}`}`;
}
