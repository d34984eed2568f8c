/**
 * Where a device's monotonic times lie in UTC. For each epoch that a hello announced, the best of:
 *
 *   synced    an anchor: of this session's probes for every epoch of the same boot, else the one that hello brought
 *   bounded   the current epoch before any anchor: its hello was made between the upgrade and its arrival
 *   device    the device's own clock, where what it says is possible
 *   bounded   neither: the readings lie before the boot (or epoch) after theirs and after whatever is known to be
 *             older. Their end is put at that later boot, less what the device still holds in between at the pace
 *             of the frame at hand. The uncertainty reaches to the farther bound; it is honest, not small.
 *
 * How far off each may be counts what the device's clock may have drifted between there and the reading.
 * Epochs are of one boot when hello gives them the same anchor or, without any, the same clock. The first of hello is the
 * current one, the others follow oldest first.
 */
import type { ClockAnchor, HeldEpoch, Hello } from '@weir/protocol';
import type { ClockOffset, EpochEntry } from '../registry/epoch.js';
import { BootClock, type Arrival } from './boot-clock.js';
import { DRIFT, offsetBy, type Span } from './offset-bounds.js';
import { ClockSource } from './record.js';
import { Stretches } from './stretches.js';

/** Weir is younger than this, and so is every reading: 2020-01-01. */
const EARLIEST_UTC_US = 1_577_836_800e6;
/** A device's own clock is trusted to no better than this, whatever it shows now. */
const DEVICE_CLOCK_US = 1e6;
/** In such steps, so that frames which follow one another have the same. */
const DEVICE_CLOCK_STEP_US = 1e5;
/** A frame without readings is of no time; what is known best is what is known of the boot's beginning. */
const START: Span = { firstUs: 0, lastUs: 0 };

export class Placement {
  readonly #hello: Hello;
  /** Of the present boot. */
  readonly clock: BootClock;
  readonly #entries: readonly EpochEntry[];
  readonly #knownUs: readonly number[];
  readonly #isCurrent: readonly boolean[];
  /** By place in hello: epochs of earlier boots whose anchor can be true. */
  readonly #anchored: readonly (Stretches | null)[];
  /** By the device's own clock, which is trusted for each frame anew. */
  readonly #byDevice: ClockOffset[] = [];
  /** What was guessed for readings that may not be in the tables yet. */
  readonly #guesses: ClockOffset[] = [];

  /**
   * `entries` are the epochs of `hello`, in its order. `knownUs` are the UTC times of the last readings of epochs whose
   * place is known.
   */
  constructor(hello: Hello, arrival: Arrival, entries: readonly EpochEntry[], knownUs: readonly number[]) {
    this.#hello = hello;
    this.clock = new BootClock(hello.monotonicUs, arrival, hello.epochs[0]?.anchor ?? null);
    this.#entries = entries;
    this.#knownUs = knownUs;
    this.#isCurrent = hello.epochs.map((held) => this.#isCurrentBoot(held));
    this.#anchored = hello.epochs.map(({ anchor }) => {
      return anchor !== null && this.#isPossible(anchor)
        ? new Stretches((span) => offsetBy(anchor, span))
        : null;
    });
  }

  /**
   * The offset for a frame of the epoch at `index`; `span` is null for a frame without readings. Frames that follow one
   * another get the same object where they can.
   */
  of(index: number, seq: number, span: Span | null): ClockOffset {
    if (this.#isCurrent[index] === true) return span === null ? this.clock.now : this.clock.of(index, span);
    const kept =
      this.#anchored[index]?.of(span ?? START) ?? this.#entries[index]?.guess ?? this.#guesses[index];
    return kept ?? this.#estimate(index, seq, span);
  }

  #estimate(index: number, seq: number, span: Span | null): ClockOffset {
    const held = this.#hello.epochs[index];
    if (held === undefined) throw new RangeError(`no epoch ${index} in hello`);
    const boundUs = this.#endBound(index);
    const spanOrStart = span ?? START;
    const byDevice = this.#byDeviceClock(held, spanOrStart, boundUs);
    if (byDevice !== null) {
      if (byDevice.uncertaintyUs !== this.#byDevice[index]?.uncertaintyUs) this.#byDevice[index] = byDevice;
      return this.#byDevice[index] ?? byDevice;
    }
    const guess = this.#guess(index, seq, spanOrStart, boundUs);
    if (span !== null) this.#guesses[index] = guess;
    return guess;
  }

  /** An exchange with a hub whose clock was never set, or with none at all, places nothing. */
  #isPossible({ utcUs, uncertaintyUs }: ClockAnchor): boolean {
    return utcUs >= EARLIEST_UTC_US && utcUs <= this.clock.arrivedUs + uncertaintyUs + DEVICE_CLOCK_US;
  }

  #isCurrentBoot(held: HeldEpoch): boolean {
    const [current] = this.#hello.epochs;
    if (current === undefined || held === current) return true;
    if (held.anchor !== null && current.anchor !== null) {
      return (
        held.anchor.monotonicUs === current.anchor.monotonicUs && held.anchor.utcUs === current.anchor.utcUs
      );
    }
    const bothWithout = held.anchor === null && current.anchor === null;
    return bothWithout && held.deviceUtcUs !== null && held.deviceUtcUs === current.deviceUtcUs;
  }

  /** UTC before which the epoch must have ended: the start of the nearest newer one whose place is known. */
  #endBound(index: number): number {
    for (let newer = index + 1; newer < this.#hello.epochs.length; newer++) {
      const held = this.#hello.epochs[newer];
      if (held === undefined || this.#isCurrentBoot(held)) break;
      const startUs = held.anchor === null ? null : this.#entries[newer]?.firstUs;
      if (typeof startUs === 'number') return startUs;
    }
    return Math.min(this.clock.now.offsetUs, this.clock.arrivedUs);
  }

  #byDeviceClock({ deviceUtcUs }: HeldEpoch, { lastUs }: Span, boundUs: number): ClockOffset | null {
    if (deviceUtcUs === null) return null;
    const endUs = deviceUtcUs + lastUs;
    const shown = this.#hello.epochs[0]?.deviceUtcUs ?? null;
    // How wrong the clock is in this boot says how wrong it may have been in that one.
    const errorUs = shown === null ? 0 : Math.abs(shown - this.clock.now.offsetUs);
    const worstUs = Math.max(DEVICE_CLOCK_US, errorUs) + DRIFT * lastUs;
    const uncertaintyUs = Math.ceil(worstUs / DEVICE_CLOCK_STEP_US) * DEVICE_CLOCK_STEP_US;
    if (endUs < EARLIEST_UTC_US || endUs > boundUs + uncertaintyUs) return null;
    return { offsetUs: deviceUtcUs, uncertaintyUs, source: ClockSource.device };
  }

  #guess(index: number, seq: number, span: Span, boundUs: number): ClockOffset {
    const highUs = boundUs - span.lastUs;
    const lowUs = Math.min(highUs, this.#startBound(boundUs) - span.firstUs);
    const stillHeldUs = this.#framesAfter(index, seq) * (span.lastUs - span.firstUs);
    const offsetUs = Math.round(Math.max(lowUs, highUs - stillHeldUs));
    // The bounds are as good as what is known of this boot, and the clock of that one drifted.
    const restUs = this.clock.now.uncertaintyUs + DRIFT * span.lastUs;
    const uncertaintyUs = Math.ceil(Math.max(highUs - offsetUs, offsetUs - lowUs) + restUs);
    return { offsetUs, uncertaintyUs, source: ClockSource.bounded };
  }

  /** UTC after which the epoch must have begun: the latest reading that is known to be older. */
  #startBound(boundUs: number): number {
    let latestUs = EARLIEST_UTC_US;
    for (const knownUs of this.#knownUs) if (knownUs <= boundUs) latestUs = Math.max(latestUs, knownUs);
    return latestUs;
  }

  /** Frames held after `seq`: of this epoch and of newer ones that are as unplaced as this. */
  #framesAfter(index: number, seq: number): number {
    let frames = Math.max(0, (this.#hello.epochs[index]?.held?.[1] ?? seq) - seq);
    for (let newer = index + 1; newer < this.#hello.epochs.length; newer++) {
      const held = this.#hello.epochs[newer];
      if (held?.anchor !== null || this.#isCurrentBoot(held)) break;
      if (held.held !== null) frames += held.held[1] - held.held[0] + 1;
    }
    return frames;
  }
}
