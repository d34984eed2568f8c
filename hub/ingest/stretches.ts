import type { ClockOffset } from '../registry/epoch.js';
import { DRIFT, type Span } from './offset-bounds.js';

/** What drift over one stretch may add to the uncertainty: a tenth of it, or what two seconds make. */
const GROWTH = 0.1;
const STRETCH_US = 2e6;

/**
 * One offset for all readings of a stretch of time, so that frames which follow one another share it, as one object, and
 * with it a record of the log. Times of a stretch do not go back behind those of the stretch before.
 */
export class Stretches {
  readonly #find: (span: Span) => ClockOffset;
  #firstUs = Infinity;
  #lastUs = -Infinity;
  #offset: ClockOffset | null = null;
  /** Monotonic time of the latest reading placed. */
  #endUs = -Infinity;

  /** `find` gives the offset for the readings of a span. */
  constructor(find: (span: Span) => ClockOffset) {
    this.#find = find;
  }

  /** The offset for the readings of a span. */
  of(span: Span): ClockOffset {
    const { firstUs, lastUs } = span;
    const offset =
      this.#offset !== null && firstUs >= this.#firstUs && lastUs <= this.#lastUs
        ? this.#offset
        : this.#begin(span);
    if (lastUs > this.#endUs) this.#endUs = lastUs;
    return offset;
  }

  /** More is known now: the next readings begin a stretch. */
  renew(): void {
    this.#lastUs = -Infinity;
  }

  /** What was placed so far says nothing of what comes. */
  forget(): void {
    this.renew();
    this.#offset = null;
    this.#endUs = -Infinity;
  }

  #begin({ firstUs, lastUs }: Span): ClockOffset {
    const { uncertaintyUs } = this.#find({ firstUs, lastUs });
    const reachUs = Math.max(STRETCH_US, (GROWTH * uncertaintyUs) / DRIFT);
    this.#firstUs = firstUs;
    this.#lastUs = Math.max(lastUs, firstUs + reachUs);
    const found = this.#find({ firstUs, lastUs: this.#lastUs });
    this.#offset =
      this.#offset === null || firstUs < this.#endUs ? found : this.#behind(this.#offset, found, firstUs);
    return this.#offset;
  }

  #behind(before: ClockOffset, found: ClockOffset, firstUs: number): ClockOffset {
    const leastUs = Math.ceil(before.offsetUs - (firstUs - this.#endUs));
    const shiftUs = leastUs - found.offsetUs;
    if (shiftUs <= 0) return found;
    return { ...found, offsetUs: leastUs, uncertaintyUs: found.uncertaintyUs + shiftUs };
  }
}
