/**
 * What really happened, as nobody in the world can know it: which readings were taken and when in true time, which went
 * out in which frame, and which frames each device was told are stored. The invariants compare the stores with this.
 *
 * A reading's value says which reading it is, so that it is known again wherever it turns up.
 */
import { decodeFrame, type HubFrame, type ReadingValue, type SequenceRange } from '@weir/protocol';
import type { Link } from './network.js';
import type { World } from './world.js';

/** One run of one agent: from its start to its end. */
export interface Run {
  readonly device: string;
  readonly boot: string;
  readonly bootedUs: number;
  readonly startedUs: number;
  /** Null until the agent has drawn it. */
  epoch: number | null;
  /** Null while it goes on. */
  end: RunEnd | null;
}

export interface RunEnd {
  readonly atUs: number;
  readonly how: 'killed' | 'power cut' | 'stopped';
  /** Readings taken before this were on disk or at the hub by the run's end, whatever happened; -Infinity when none was sure. */
  readonly safeBeforeUs: number;
}

export interface Taken {
  readonly id: number;
  readonly run: Run;
  /** Full name. */
  readonly channel: string;
  /** True us. */
  readonly atUs: number;
  readonly monotonicUs: number;
}

/** A sequenced frame as it went out. */
export interface SentFrame {
  readonly device: string;
  readonly epoch: number;
  readonly seq: number;
  readonly kind: 'readings' | 'describe' | 'gap';
  /** Readings in it, by id. */
  readonly ids: readonly number[];
  /** Channels described. */
  readonly channels: readonly string[];
}

/** Numbers are hundredths, so that decimals are on the way too. */
const PER_UNIT = 100;

export class Truth {
  readonly world: World;
  readonly taken: Taken[] = [];
  readonly runs: Run[] = [];
  readonly frames = new Map<string, SentFrame>();
  /** Descriptions sent, by device, epoch and channel. */
  readonly describes = new Map<string, SentFrame[]>();
  /** Frames that a device was told are stored, with the true us at which it first was. */
  readonly acked = new Map<string, number>();
  /** True us of the answers by which each device compared its clock with the hub's. */
  readonly exchanges = new Map<string, number[]>();
  /** The highest sequence of each epoch that anybody has seen, by device and epoch. */
  readonly lastSeq = new Map<string, number>();
  /** Sequenced frames sent, repeats included. */
  framesSent = 0;

  constructor(world: World) {
    this.world = world;
  }

  /** The next reading's number. */
  get nextId(): number {
    return this.taken.length;
  }

  /** A device's frame sets off. */
  sent(link: Link, bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    const { device } = link;
    if (frame.type === 'hello') {
      link.epochs = frame.epochs.map(({ epoch }) => epoch);
      this.world.note(device, 'sends hello', link.epochs, () => JSON.stringify(frame.epochs));
      for (const { epoch, held } of frame.epochs) if (held !== null) this.#reached(device, epoch, held[1]);
    } else if (frame.type === 'readings' || frame.type === 'describe' || frame.type === 'gap') {
      const epoch = epochOf(link, frame.epoch);
      const values = frame.type === 'readings' ? frame.columns.map((column) => column.values) : [];
      const ids = values.flatMap((each) => Array.from(each as ArrayLike<ReadingValue>, idOf));
      const channels = frame.type === 'describe' ? frame.channels.map(({ name }) => name) : [];
      this.#departed({ device, epoch, seq: frame.seq, kind: frame.type, ids, channels });
    }
  }

  /** The hub's frame reaches a device that listens. */
  received(link: Link, bytes: Uint8Array): void {
    const frame = decodeFrame(bytes) as HubFrame;
    if (frame.type === 'ack') {
      for (const { epoch, range } of frame.stored) this.#told(link, epochOf(link, epoch), range);
    } else if (frame.type === 'probeReply') {
      this.exchanges.set(link.device, [...(this.exchanges.get(link.device) ?? []), this.world.nowUs]);
    } else if (frame.type === 'welcome') {
      for (const [place, ranges] of frame.settled.entries())
        for (const range of ranges) this.#told(link, epochOf(link, place), range);
    }
  }

  #reached(device: string, epoch: number, seq: number): void {
    const key = epochKey(device, epoch);
    this.lastSeq.set(key, Math.max(this.lastSeq.get(key) ?? 0, seq));
  }

  #departed(frame: SentFrame): void {
    this.framesSent++;
    const { device, epoch, seq, kind, ids } = frame;
    this.#reached(device, epoch, seq);
    this.world.note(device, `sends ${kind}`, [epoch, seq], () => ids.join(','));
    const key = frameKey(device, epoch, seq);
    const former = this.frames.get(key);
    if (former === undefined) {
      this.frames.set(key, frame);
      for (const channel of frame.channels) {
        const name = `${device} ${epoch} ${channel}`;
        this.describes.set(name, [...(this.describes.get(name) ?? []), frame]);
      }
      return;
    }
    // Readings of a channel that the hub refuses are left out; anything else must be what it was.
    const known = new Set(former.ids);
    if (former.kind !== kind || !ids.every((id) => known.has(id)))
      this.world.violate(
        'an identity stands for one frame',
        `${key}: ${former.ids.join()} and then ${ids.join()}`,
      );
  }

  #told(link: Link, epoch: number, [first, last]: SequenceRange): void {
    for (let seq = first; seq <= last; seq++) {
      const key = frameKey(link.device, epoch, seq);
      if (!this.acked.has(key)) this.acked.set(key, this.world.nowUs);
    }
  }
}

export function epochKey(device: string, epoch: number): string {
  return `${device} ${epoch}`;
}

export function frameKey(device: string, epoch: number, seq: number): string {
  return `${device} ${epoch} ${seq}`;
}

/** The value of reading `id`, so long if it is a text. */
export function valueOf(id: number, textBytes: number | null): ReadingValue {
  return textBytes === null ? id / PER_UNIT : `${id}:`.padEnd(textBytes, 'x');
}

/** The reading that a value is of; -1 for one that none ever had. */
export function idOf(value: ReadingValue | undefined): number {
  if (typeof value === 'string') return Number.parseInt(value, 10);
  if (typeof value !== 'number') return -1;
  const id = Math.round(value * PER_UNIT);
  return id / PER_UNIT === value ? id : -1;
}

function epochOf(link: Link, ref: number): number {
  return ref < 0x1_0000 ? (link.epochs[ref] ?? 0) : ref;
}

/** For a message. */
export function described({ taken }: Truth, id: number): string {
  const reading = taken[id];
  if (reading === undefined) return `reading ${id}`;
  const { run, channel, atUs } = reading;
  return `reading ${id} of ${run.device} ${channel}, epoch ${run.epoch ?? '?'}, taken at ${(atUs / 1e6).toFixed(6)}`;
}
