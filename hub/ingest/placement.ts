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
 * Epochs are of one boot when hello gives them the same anchor or, without any, the same clock. The first of hello is the
 * current one, the others follow oldest first.
 */
import type { ClockAnchor, HeldEpoch, Hello } from '@weir/protocol';
import type { ClockOffset, EpochEntry } from '../registry/epoch.js';
import { ClockSource } from './record.js';

/** UTC us between which a hello must have been made. */
export interface Arrival {
  readonly earliestUs: number;
  readonly latestUs: number;
}

/** Monotonic us of the first and the last reading of a frame. */
export interface Span {
  readonly firstUs: number;
  readonly lastUs: number;
}

/** Weir is younger than this, and so is every reading: 2020-01-01. */
const EARLIEST_UTC_US = 1_577_836_800e6;
/** A device's own clock is trusted to no better than this, whatever it shows now. */
const DEVICE_CLOCK_US = 1e6;
/** Crystals are off by up to 200 ppm; messages are late, never early, beyond this. */
const DRIFT = 200e-6;
const SLACK_US = 1e6;

export class Placement {
  readonly #hello: Hello;
  readonly #arrival: Arrival;
  readonly #entries: readonly EpochEntry[];
  readonly #knownUs: readonly number[];
  readonly #isCurrent: readonly boolean[];
  /** By place in hello: the offset where it is the same for every frame of the epoch. */
  readonly #settled: readonly (ClockOffset | null)[];
  /** The same by the device's own clock, which is trusted for each frame anew. */
  readonly #byDevice: ClockOffset[] = [];
  /** What was guessed for readings that may not be in the tables yet. */
  readonly #guesses: ClockOffset[] = [];
  #current: ClockOffset;

  /**
   * `entries` are the epochs of `hello`, in its order. `knownUs` are the UTC times of the last readings of epochs whose
   * place is known.
   */
  constructor(hello: Hello, arrival: Arrival, entries: readonly EpochEntry[], knownUs: readonly number[]) {
    this.#hello = hello;
    this.#arrival = arrival;
    this.#entries = entries;
    this.#knownUs = knownUs;
    this.#isCurrent = hello.epochs.map((held) => this.#isCurrentBoot(held));
    this.#settled = hello.epochs.map(({ anchor }) => (anchor === null ? null : synced(anchor)));
    this.#current = this.#settled[0] ?? this.#boundedByHello();
  }

  /** The device's present estimate. False, and not used, if it contradicts when its hello arrived. */
  anchored(anchor: ClockAnchor): boolean {
    const ageUs = Math.abs(anchor.monotonicUs - this.#hello.monotonicUs);
    const slackUs = anchor.uncertaintyUs + SLACK_US + ageUs * DRIFT;
    const offsetUs = anchor.utcUs - anchor.monotonicUs;
    const { lowUs, highUs } = this.#window();
    if (offsetUs < lowUs - slackUs || offsetUs > highUs + slackUs) return false;
    this.#current = synced(anchor);
    return true;
  }

  /** The offset of the current epoch, for the device list. */
  get current(): ClockOffset {
    return this.#current;
  }

  /**
   * The offset for a frame of the epoch at `index`; `span` is null for a frame without readings. Frames that have the same
   * get the same object.
   */
  of(index: number, seq: number, span: Span | null): ClockOffset {
    if (this.#isCurrent[index] === true) return this.#current;
    const kept = this.#settled[index] ?? this.#entries[index]?.guess ?? this.#guesses[index];
    return kept ?? this.#estimate(index, seq, span);
  }

  #estimate(index: number, seq: number, span: Span | null): ClockOffset {
    const held = this.#hello.epochs[index];
    if (held === undefined) throw new RangeError(`no epoch ${index} in hello`);
    const boundUs = this.#endBound(index);
    const spanOrStart = span ?? { firstUs: 0, lastUs: 0 };
    const byDevice = this.#byDeviceClock(held, spanOrStart, boundUs);
    if (byDevice !== null) {
      if (byDevice.uncertaintyUs !== this.#byDevice[index]?.uncertaintyUs) this.#byDevice[index] = byDevice;
      return this.#byDevice[index] ?? byDevice;
    }
    const guess = this.#guess(index, seq, spanOrStart, boundUs);
    if (span !== null) this.#guesses[index] = guess;
    return guess;
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

  #boundedByHello(): ClockOffset {
    const { lowUs, highUs } = this.#window();
    const uncertaintyUs = Math.ceil((highUs - lowUs) / 2);
    return { offsetUs: Math.round((lowUs + highUs) / 2), uncertaintyUs, source: ClockSource.bounded };
  }

  /** Bounds of the current boot's offset: it was `monotonicUs` somewhen between the upgrade and the arrival. */
  #window(): { lowUs: number; highUs: number } {
    const { monotonicUs } = this.#hello;
    return { lowUs: this.#arrival.earliestUs - monotonicUs, highUs: this.#arrival.latestUs - monotonicUs };
  }

  /** UTC before which the epoch must have ended: the start of the nearest newer one whose place is known. */
  #endBound(index: number): number {
    for (let newer = index + 1; newer < this.#hello.epochs.length; newer++) {
      const held = this.#hello.epochs[newer];
      if (held === undefined || this.#isCurrentBoot(held)) break;
      const startUs = held.anchor === null ? null : this.#entries[newer]?.firstUs;
      if (typeof startUs === 'number') return startUs;
    }
    return Math.min(this.current.offsetUs, this.#arrival.latestUs);
  }

  #byDeviceClock({ deviceUtcUs }: HeldEpoch, { lastUs }: Span, boundUs: number): ClockOffset | null {
    if (deviceUtcUs === null) return null;
    const endUs = deviceUtcUs + lastUs;
    const shown = this.#hello.epochs[0]?.deviceUtcUs ?? null;
    // How wrong the clock is in this boot says how wrong it may have been in that one.
    const errorUs = shown === null ? 0 : Math.abs(shown - this.current.offsetUs);
    const uncertaintyUs = Math.round(Math.max(DEVICE_CLOCK_US, errorUs));
    if (endUs < EARLIEST_UTC_US || endUs > boundUs + uncertaintyUs) return null;
    return { offsetUs: deviceUtcUs, uncertaintyUs, source: ClockSource.device };
  }

  #guess(index: number, seq: number, span: Span, boundUs: number): ClockOffset {
    const highUs = boundUs - span.lastUs;
    const lowUs = Math.min(highUs, this.#startBound(boundUs) - span.firstUs);
    const stillHeldUs = this.#framesAfter(index, seq) * (span.lastUs - span.firstUs);
    const offsetUs = Math.round(Math.max(lowUs, highUs - stillHeldUs));
    const uncertaintyUs = Math.ceil(Math.max(highUs - offsetUs, offsetUs - lowUs));
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

function synced({ monotonicUs, utcUs, uncertaintyUs }: ClockAnchor): ClockOffset {
  return {
    offsetUs: Math.round(utcUs - monotonicUs),
    uncertaintyUs: Math.ceil(uncertaintyUs),
    source: ClockSource.synced,
  };
}
