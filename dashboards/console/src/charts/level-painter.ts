/** A bare water line without axes, as wide as its canvas: the hub's pace in the header. */
import { lowerBound, type SeriesBuffer } from '../store/series-buffer.js';
import type { Drawable } from './frame-loop.js';
import { theme } from './theme.js';
import { Redraw } from './redraw.js';

/** Part of the height that the highest level fills: it stays below the words of the header. */
const FULL = 0.32;

export class LevelPainter implements Drawable {
  readonly #canvas: HTMLCanvasElement;
  readonly #buffer: SeriesBuffer;
  readonly #redraw: Redraw;
  #width = 0;
  #height = 0;
  #top = 1;

  constructor(canvas: HTMLCanvasElement, buffer: SeriesBuffer, windowMs: number) {
    this.#canvas = canvas;
    this.#buffer = buffer;
    this.#redraw = new Redraw(windowMs);
  }

  invalidate(): void {
    this.#redraw.invalidate();
  }

  resize(width: number, height: number): void {
    [this.#width, this.#height] = [width, height];
    this.#canvas.width = Math.round(width * devicePixelRatio);
    this.#canvas.height = Math.round(height * devicePixelRatio);
    this.invalidate();
  }

  due(nowMs: number): boolean {
    return this.#redraw.due(nowMs, this.#buffer.version, this.#width);
  }

  draw(nowMs: number): void {
    this.#redraw.begin(nowMs, this.#buffer.version, this.#width);
    const context = this.#canvas.getContext('2d');
    if (context === null) return;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.#width, this.#height);
    const line = this.#line();
    if (line === null) return;
    context.fillStyle = theme().waterHigh;
    context.fill(line.area);
    context.strokeStyle = theme().water;
    context.lineWidth = 1.25;
    context.stroke(line.surface);
  }

  /** The surface, and the area under it. The line runs on level to the right edge. */
  #line(): { surface: Path2D; area: Path2D } | null {
    const { times, values } = this.#buffer;
    const first = Math.max(0, lowerBound(times, this.#redraw.startMs * 1_000) - 1);
    if (first >= times.length) return null;
    this.#top = Math.max(1, ...values.subarray(first));
    const surface = new Path2D();
    const startX = Math.max(-2, this.#x((times[first] ?? 0) / 1_000));
    surface.moveTo(startX, this.#y(values[first] ?? 0));
    for (let index = first; index < times.length; index++)
      surface.lineTo(this.#x((times[index] ?? 0) / 1_000), this.#y(values[index] ?? 0));
    surface.lineTo(this.#width + 2, this.#y(values.at(-1) ?? 0));
    const area = new Path2D(surface);
    area.lineTo(this.#width + 2, this.#height);
    area.lineTo(startX, this.#height);
    return { surface, area };
  }

  #x(timeMs: number): number {
    return ((timeMs - this.#redraw.startMs) / this.#redraw.windowMs) * this.#width;
  }

  #y(perSecond: number): number {
    return this.#height - 1 - (perSecond / this.#top) * FULL * this.#height;
  }
}
