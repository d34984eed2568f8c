/**
 * One animation frame for all charts: in each, those that are in view and have something new are drawn, in turn, until
 * the frame's share of time is used up; the rest go first in the next. So a burst of readings costs a chart a frame,
 * never the page its pace.
 *
 * `window.__weirFrames` counts what happened, for the frame meter (`?fps`) and for tests.
 */
export interface Drawable {
  /** Whether drawing at this moment (UTC ms by the hub's clock) would show anything new. */
  due(nowMs: number): boolean;
  draw(nowMs: number): void;
}

/** Counters since the page was loaded. */
export interface FrameCounters {
  /** Animation frames while charts were on show. */
  frames: number;
  /** Charts drawn. */
  draws: number;
  /** Frames in which a chart had to wait for the next. */
  full: number;
  /** Readings taken from the stream. */
  readings: number;
  /** Time spent in the last frame's drawing, ms. */
  lastMs: number;
}

declare global {
  interface Window {
    __weirFrames: FrameCounters;
  }
}

/**
 * The share of a frame that drawing may take. A 60th of a second is 16.7 ms, and half of it is the browser's. Where
 * frames come late all the same (it has to put what was drawn on the screen without a graphics processor, say), the
 * share shrinks until they do not, and grows back slowly: then charts are drawn less often, but the page stays quick.
 */
const SHARE_MS = { most: 8, least: 1, growth: 0.1, shrink: 0.85 };
const LATE_FRAME_MS = 20;

/** A pause this long was no slow frame but a page out of sight. */
const PAUSE_MS = 500;

export const counters: FrameCounters = { frames: 0, draws: 0, full: 0, readings: 0, lastMs: 0 };
window.__weirFrames = counters;

export class FrameLoop {
  readonly #nowMs: () => number;
  readonly #drawables: Drawable[] = [];
  #next = 0;
  #request = 0;
  #shareMs = SHARE_MS.most;
  #lastMs = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  add(drawable: Drawable): void {
    this.#drawables.push(drawable);
    if (this.#request === 0) this.#request = requestAnimationFrame(() => this.#frame());
  }

  remove(drawable: Drawable): void {
    const index = this.#drawables.indexOf(drawable);
    if (index >= 0) this.#drawables.splice(index, 1);
  }

  #frame(): void {
    if (this.#drawables.length === 0) {
      this.#request = 0;
      return;
    }
    this.#request = requestAnimationFrame(() => this.#frame());
    const startMs = performance.now();
    this.#adapt(startMs - this.#lastMs);
    this.#lastMs = startMs;
    this.#drawDue(startMs);
    counters.frames++;
    counters.lastMs = performance.now() - startMs;
  }

  #adapt(intervalMs: number): void {
    if (intervalMs > PAUSE_MS) return;
    this.#shareMs =
      intervalMs > LATE_FRAME_MS
        ? Math.max(SHARE_MS.least, this.#shareMs * SHARE_MS.shrink)
        : Math.min(SHARE_MS.most, this.#shareMs + SHARE_MS.growth);
  }

  #drawDue(startMs: number): void {
    const nowMs = this.#nowMs();
    const count = this.#drawables.length;
    for (let turn = 0; turn < count; turn++) {
      const drawable = this.#drawables[(this.#next + turn) % count];
      if (!drawable?.due(nowMs)) continue;
      if (performance.now() - startMs > this.#shareMs) {
        this.#next = (this.#next + turn) % count;
        counters.full++;
        return;
      }
      drawable.draw(nowMs);
      counters.draws++;
    }
  }
}
