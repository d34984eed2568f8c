/**
 * A numeric channel as a water level: the line of its readings, filled to the bottom, a gauge mark at the last value,
 * and a hatched stretch from the last reading to now once it is stale. Late readings have a tick on the floor.
 */
import uPlot from 'uplot';
import { Envelope } from '../store/envelope.js';
import { axisLabel, niceRange, rangeLabels, type NiceRange } from '../store/nice-range.js';
import type { SeriesBuffer } from '../store/series-buffer.js';
import type { Drawable } from './frame-loop.js';
import { gaps } from './gaps.js';
import { drawGaugeMark, drawLateTicks, drawSilence } from './level-marks.js';
import { theme } from './theme.js';
import { Redraw } from './redraw.js';
import { TIME_GUTTER, timeLabel, timeLabels, tooFarLeft, VALUE_GUTTER } from './time-axis.js';

/** What a chart shows; read anew at each drawing. */
export interface LevelSource {
  readonly buffer: SeriesBuffer;
  readonly decimals: number;
  readonly coarse: { readonly untilUs: number; readonly stepMs: number } | null;
  /** Values hold until the next one, instead of moving steadily between two. */
  readonly stepped: boolean;
  /** Silence that breaks the line, ms; null when none does. */
  readonly gapMs: number | null;
  /** Lowest bound of the value axis, such as 0 for rates. */
  readonly floor?: number;
}

export interface LevelChartOptions {
  readonly host: HTMLElement;
  readonly source: LevelSource;
  /** Charts with the same key show the reader's cursor together. */
  readonly syncKey: string | null;
  /** The reading under the reader's cursor, or null when it left. */
  readonly onCursor?: (at: { readonly timeMs: number; readonly value: number } | null) => void;
}

/** Up to so many readings in view each one has a dot. */
const MOST_DOTS = 40;
const SIDE_ROOM = 10;

export class LevelChart implements Drawable {
  visible = false;
  stale = false;
  readonly #source: LevelSource;
  readonly #envelope = new Envelope();
  readonly #plot: uPlot;
  readonly #redraw = new Redraw(60_000);
  #range: NiceRange = { low: 0, high: 1, step: 0.5 };

  constructor(options: LevelChartOptions) {
    this.#source = options.source;
    const { clientWidth, clientHeight } = options.host;
    this.#plot = new uPlot(this.#options(options, clientWidth, clientHeight), [[], []], options.host);
  }

  /** Draws again at the next frame, whatever has changed. */
  invalidate(): void {
    this.#redraw.invalidate();
  }

  show(windowMs: number): void {
    this.#redraw.windowMs = windowMs;
  }

  resize(width: number, height: number): void {
    if (width === this.#plot.width && height === this.#plot.height) return;
    this.#plot.setSize({ width, height });
    this.invalidate();
  }

  due(nowMs: number): boolean {
    return this.visible && this.#redraw.due(nowMs, this.#source.buffer.version, this.#width);
  }

  draw(nowMs: number): void {
    const { buffer } = this.#source;
    this.#redraw.begin(nowMs, buffer.version, this.#width);
    const { startMs, edgeMs } = this.#redraw;
    const points = this.#envelope.points(buffer, startMs * 1_000, this.#stretchMs * 1_000);
    this.#range = this.#rangeOf(points.values);
    this.#plot.batch(() => {
      this.#plot.setData([points.timesMs, points.values], false);
      this.#plot.setScale('x', { min: startMs, max: edgeMs });
    });
  }

  destroy(): void {
    this.#plot.destroy();
  }

  get #width(): number {
    return this.#plot.width - VALUE_GUTTER - SIDE_ROOM;
  }

  /** Length of a stretch that is drawn as its lowest and highest reading: one pixel. */
  get #stretchMs(): number {
    return this.#redraw.windowMs / Math.max(1, this.#width);
  }

  #rangeOf(values: Float64Array): NiceRange {
    let min = Infinity;
    let max = -Infinity;
    for (const value of values) {
      if (value < min) min = value;
      if (value > max) max = value;
    }
    const { floor, decimals } = this.#source;
    const range = niceRange(floor === undefined ? min : Math.min(min, floor), max, decimals);
    return floor === undefined ? range : { ...range, low: Math.max(range.low, floor) };
  }

  #options(options: LevelChartOptions, width: number, height: number): uPlot.Options {
    const { source, syncKey, onCursor } = options;
    return {
      width,
      height,
      ms: 1,
      padding: [6, SIDE_ROOM, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        points: { size: 6 },
        ...(syncKey !== null && { sync: { key: syncKey, scales: ['x', null] } }),
      },
      scales: { x: { time: true }, y: { range: () => [this.#range.low, this.#range.high] } },
      axes: [this.#timeAxis(), this.#valueAxis()],
      series: [
        {},
        {
          stroke: () => (this.stale ? theme().faint : theme().water),
          fill: (plot) => this.#water(plot),
          fillTo: () => this.#range.low,
          width: 1.5,
          ...(source.stepped && { paths: uPlot.paths.stepped?.({ align: 1 }) }),
          points: { show: (_plot, _series, first, last) => last - first < MOST_DOTS, size: 3.5 },
          gaps: (plot, _series, first, last) => gaps(plot, first, last, this.#source, this.#stretchMs),
        } as uPlot.Series,
      ],
      hooks: {
        drawClear: [(plot) => this.stale && drawSilence(plot, this.#source.buffer)],
        draw: [
          (plot) => {
            drawLateTicks(plot, this.#source.buffer, this.#redraw.startMs * 1_000);
            drawGaugeMark(plot, this.#source.buffer, this.stale ? theme().faint : theme().water);
          },
        ],
        setCursor: [(plot) => onCursor?.(this.#underCursor(plot))],
      },
    };
  }

  #timeAxis(): uPlot.Axis {
    return {
      size: TIME_GUTTER,
      gap: 2,
      font: theme().font,
      stroke: () => theme().faint,
      grid: { stroke: () => theme().grid, width: 1 },
      ticks: { show: false },
      splits: (_plot, _axis, min, max) => timeLabels(min, max),
      values: (_plot, splits) =>
        splits.map((at) =>
          tooFarLeft(at, this.#redraw.startMs, this.#redraw.edgeMs)
            ? ''
            : timeLabel(at, this.#redraw.windowMs),
        ),
    };
  }

  #valueAxis(): uPlot.Axis {
    return {
      size: VALUE_GUTTER,
      gap: 4,
      font: theme().font,
      stroke: () => theme().faint,
      grid: { stroke: () => theme().grid, width: 1 },
      ticks: { show: false },
      splits: () => rangeLabels(this.#range),
      values: (_plot, splits) => splits.map((value) => axisLabel(value, this.#range.step)),
    };
  }

  #water(plot: uPlot): CanvasGradient | string {
    const { top, height } = plot.bbox;
    if (this.stale || !Number.isFinite(top + height)) return theme().grid;
    const gradient = plot.ctx.createLinearGradient(0, top, 0, top + height);
    gradient.addColorStop(0, theme().waterHigh);
    gradient.addColorStop(1, theme().waterLow);
    return gradient;
  }

  #underCursor(plot: uPlot): { timeMs: number; value: number } | null {
    const index = plot.cursor.idx;
    if (index === null || index === undefined || (plot.cursor.left ?? -1) < 0) return null;
    const [timeMs, value] = [plot.data[0][index], plot.data[1]?.[index]];
    return timeMs === undefined || value === undefined || value === null ? null : { timeMs, value };
  }
}
