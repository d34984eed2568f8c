import { snappedEdge } from './time-axis.js';

/** When a chart whose right edge is now has to be drawn again: something changed, or it has moved by a pixel. */
export class Redraw {
  #windowMs: number;
  #edgeMs = NaN;
  #version = -1;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Length of time that is shown. */
  get windowMs(): number {
    return this.#windowMs;
  }

  set windowMs(windowMs: number) {
    this.#windowMs = windowMs;
    this.invalidate();
  }

  /** The right edge as last drawn, UTC ms. */
  get edgeMs(): number {
    return this.#edgeMs;
  }

  /** The left edge as last drawn, UTC ms. */
  get startMs(): number {
    return this.#edgeMs - this.#windowMs;
  }

  /** Draw at the next frame, whatever has changed. */
  invalidate(): void {
    this.#version = -1;
  }

  /** `version` counts changes of what is shown; `width` is that of the plot in CSS px. */
  due(nowMs: number, version: number, width: number): boolean {
    return version !== this.#version || snappedEdge(nowMs, this.#windowMs, width) !== this.#edgeMs;
  }

  /** It is being drawn now. */
  begin(nowMs: number, version: number, width: number): void {
    this.#version = version;
    this.#edgeMs = snappedEdge(nowMs, this.#windowMs, width);
  }
}
