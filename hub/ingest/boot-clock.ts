/**
 * The clock of a device's present boot, as one session gets to know it: bounds by when its hello arrived, the anchor that
 * hello brought, the session's first anchor and its latest.
 *
 * When the hub's own clock is set, every anchor was made by the old time. Which of the two was right for this device
 * nobody can tell (a clock set right, or one that stood still with its machine), so both are covered until the device has
 * made an exchange by the new time. Until then alone times may go back.
 */
import type { ClockAnchor } from '@weir/protocol';
import type { ClockOffset } from '../registry/epoch.js';
import {
  boundsBy,
  common,
  cover,
  DRIFT,
  middleOf,
  offsetWithin,
  type Bounds,
  type Span,
} from './offset-bounds.js';
import { ClockSource } from './record.js';
import { Stretches } from './stretches.js';

/** UTC us between which a hello must have been made. */
export interface Arrival {
  readonly earliestUs: number;
  readonly latestUs: number;
  /** UTC us since when the hub's clock is known not to have been set; absent where that is not known. */
  readonly steadySinceUs?: number;
}

/** What one or more anchors say of the offset at one time. */
interface Known {
  /** Monotonic us of the latest of them. */
  readonly atUs: number;
  readonly bounds: Bounds;
  readonly sure?: boolean;
}

/** An anchor tells of now what an exchange of up to so long ago has shown. */
const EXCHANGE_US = 200e6;
/** Messages are late, never early, beyond this. */
const SLACK_US = 1e6;

export class BootClock {
  readonly #helloUs: number;
  #arrival: Arrival;
  #fromHello: ClockAnchor | null;
  /** Was the anchor of hello made by the hub's present clock? */
  readonly #steady: boolean;
  #first: ClockAnchor | null = null;
  #latest: ClockAnchor | null = null;
  /** By how much the hub's clock was set since the latest anchor. */
  #stepsUs: number[] = [];
  /** Whether a device that sends an anchor may have made it by the hub's present time. */
  #current = true;
  /** By place in hello. */
  readonly #stretches = new Map<number, Stretches>();

  /** `helloUs`: what the device's clock showed in hello; `fromHello`: the anchor that it brought for this boot. */
  constructor(helloUs: number, arrival: Arrival, fromHello: ClockAnchor | null) {
    this.#helloUs = helloUs;
    this.#arrival = arrival;
    this.#fromHello = fromHello !== null && this.#fits(fromHello) ? fromHello : null;
    this.#steady = fromHello !== null && fromHello.utcUs >= (arrival.steadySinceUs ?? Infinity) + EXCHANGE_US;
  }

  /** UTC us before which the boot's frames were in the hub's hands. */
  get arrivedUs(): number {
    return this.#arrival.latestUs;
  }

  /** The device's present estimate. False, and not used, if it contradicts when its hello arrived. */
  anchored(anchor: ClockAnchor): boolean {
    if (!this.#current) return true;
    if (!this.#fits(anchor)) return false;
    if (this.#stepsUs.length > 0) this.#forget();
    this.#first ??= anchor;
    this.#latest = anchor;
    for (const stretches of this.#stretches.values()) stretches.renew();
    return true;
  }

  /** The device was told the hub's time: what it says of it from now on counts. */
  told(): void {
    this.#current = true;
  }

  /** The hub's clock was set by so much. */
  stepped(byUs: number): void {
    const { earliestUs, latestUs } = this.#arrival;
    this.#arrival = {
      earliestUs: Math.min(earliestUs, earliestUs + byUs),
      latestUs: Math.max(latestUs, latestUs + byUs),
    };
    this.#stepsUs.push(byUs);
    this.#current = false;
    this.#forgetStretches();
  }

  /** The offset now, as far as it is known: at the time of the latest anchor, or of hello. */
  get now(): ClockOffset {
    const atUs = (this.#latest ?? this.#fromHello)?.monotonicUs ?? this.#helloUs;
    return this.#at({ firstUs: atUs, lastUs: atUs });
  }

  /** The offset for readings of the epoch at a place in hello. Those that follow one another share it, as one object. */
  of(index: number, span: Span): ClockOffset {
    let stretches = this.#stretches.get(index);
    if (stretches === undefined) {
      stretches = new Stretches((stretch) => this.#at(stretch));
      this.#stretches.set(index, stretches);
    }
    return stretches.of(span);
  }

  #at(span: Span): ClockOffset {
    const atUs = middleOf(span);
    const { bounds, sure } = this.#boundsAt(atUs);
    if (this.#stepsUs.length === 0)
      return offsetWithin(bounds, span, sure ? ClockSource.synced : ClockSource.bounded);
    let either = bounds;
    for (const byUs of this.#stepsUs)
      either = cover(either, { lowUs: either.lowUs + byUs, highUs: either.highUs + byUs });
    return offsetWithin(either, span, ClockSource.bounded);
  }

  /** By all anchors together. Not `sure`: there is none, or the clock stepped between two of them. */
  #boundsAt(atUs: number): { bounds: Bounds; sure: boolean } {
    const [hello, first, latest] = [this.#fromHello, this.#first, this.#latest].map((anchor) =>
      anchor === null ? null : { atUs: anchor.monotonicUs, bounds: boundsBy(anchor, atUs) },
    );
    const inSession = together(first ?? null, latest ?? null, false, atUs);
    const all = together(hello ?? null, inSession, this.#steady, atUs);
    return { bounds: all?.bounds ?? this.#window(atUs), sure: all !== null && all.sure !== false };
  }

  /** It was `helloUs` somewhen between the upgrade and the arrival. */
  #window(atUs: number): Bounds {
    const driftUs = DRIFT * Math.abs(atUs - this.#helloUs);
    return {
      lowUs: this.#arrival.earliestUs - this.#helloUs - driftUs,
      highUs: this.#arrival.latestUs - this.#helloUs + driftUs,
    };
  }

  #fits({ monotonicUs, utcUs, uncertaintyUs }: ClockAnchor): boolean {
    const slackUs = uncertaintyUs + SLACK_US;
    const offsetUs = utcUs - monotonicUs;
    const { lowUs, highUs } = this.#window(monotonicUs);
    return offsetUs >= lowUs - slackUs && offsetUs <= highUs + slackUs;
  }

  /** What was known by the hub's old time. */
  #forget(): void {
    this.#stepsUs = [];
    this.#fromHello = null;
    this.#first = null;
    this.#forgetStretches();
  }

  #forgetStretches(): void {
    for (const stretches of this.#stretches.values()) stretches.forget();
  }
}

/**
 * What an older and a newer anchor say together, at a time. What they have in common counts only where one clock made
 * both (`same`): else it would be surer than either. Nothing in common: before the newer one, either may hold.
 */
function together(older: Known | null, newer: Known | null, same: boolean, atUs: number): Known | null {
  if (older === null || newer === null) return older ?? newer;
  const both = common(older.bounds, newer.bounds);
  if (both !== null && same) return { ...newer, bounds: both };
  if (atUs >= newer.atUs) return newer;
  if (both !== null) return widthOf(older.bounds) < widthOf(newer.bounds) ? older : newer;
  return { atUs: newer.atUs, bounds: cover(older.bounds, newer.bounds), sure: false };
}

function widthOf({ lowUs, highUs }: Bounds): number {
  return highUs - lowUs;
}
