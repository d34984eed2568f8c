/**
 * The clock of a device's present boot, as one session gets to know it: bounds by when its hello arrived, the anchor that
 * hello brought, the session's first anchor and its latest.
 *
 * When the hub's own clock is set, every anchor was made by the old time. Which of the two was right for this device
 * nobody can tell (a clock set right, or one that stood still with its machine), so both are covered until the device is
 * seen to reckon by the new time: its anchor has nothing in common with the old, or its exchanges of before are too old
 * to be used. Then alone times may go back.
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

/** By how much the hub's clock was set, all times together, since the anchors that are known were made. */
interface Settings extends Bounds {
  readonly presentUs: number;
  /** Without the last. */
  readonly former: Bounds;
  /** Monotonic us of the first anchor that may be of the present setting. */
  firstHeardUs: number | null;
}

const UNSET = { lowUs: 0, highUs: 0, presentUs: 0 };

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
  /** How the hub's clock was set since the anchors that are known. */
  #settings: Settings | null = null;
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
    if (this.#settings !== null) {
      if (this.#mayBeOld(anchor, this.#settings)) return true;
      this.#forget();
    }
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
    const { lowUs, highUs, presentUs } = this.#settings ?? UNSET;
    const nextUs = presentUs + byUs;
    this.#settings = {
      former: { lowUs, highUs },
      ...{ lowUs: Math.min(lowUs, nextUs), highUs: Math.max(highUs, nextUs), presentUs: nextUs },
      firstHeardUs: null,
    };
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
    if (this.#settings === null)
      return offsetWithin(bounds, span, sure ? ClockSource.synced : ClockSource.bounded);
    return offsetWithin(moved(bounds, this.#settings), span, ClockSource.bounded);
  }

  /** Whether an anchor may rest on an exchange by what the hub's clock showed before it was set. */
  #mayBeOld(anchor: ClockAnchor, settings: Settings): boolean {
    settings.firstHeardUs ??= anchor.monotonicUs;
    if (anchor.monotonicUs - settings.firstHeardUs >= EXCHANGE_US) return false;
    const old = moved(this.#boundsAt(anchor.monotonicUs).bounds, settings.former);
    return common(boundsBy(anchor, anchor.monotonicUs), old) !== null;
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
    this.#settings = null;
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

function moved({ lowUs, highUs }: Bounds, by: Bounds): Bounds {
  return { lowUs: lowUs + by.lowUs, highUs: highUs + by.highUs };
}

function widthOf({ lowUs, highUs }: Bounds): number {
  return highUs - lowUs;
}
