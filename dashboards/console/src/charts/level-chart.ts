/**
 * A numeric channel as a water level: the line of its readings, filled to the bottom, a gauge mark at the last value,
 * and a hatched stretch from the last reading to now once it is stale. Late readings have a tick on the floor.
 */
import uPlot from 'uplot';
import { Envelope } from '../store/envelope.js';
import { labelDecimals, niceRange, rangeLabels, type NiceRange } from '../store/nice-range.js';
import { lowerBound, type SeriesBuffer } from '../store/series-buffer.js';
import type { Drawable } from './frame-loop.js';
import { hatch } from './hatch.js';
import { theme } from './theme.js';
import { snappedEdge, TIME_GUTTER, timeLabel, timeLabels, tooFarLeft, VALUE_GUTTER } from './time-axis.js';

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
  #windowMs = 60_000;
  #range: NiceRange = { low: 0, high: 1, step: 0.5 };
  #edgeMs = 0;
  #drawnEdgeMs = 0;
  #drawnVersion = -1;
  #void = true;

  constructor(options: LevelChartOptions) {
    this.#source = options.source;
    const { clientWidth, clientHeight } = options.host;
    this.#plot = new uPlot(this.#options(options, clientWidth, clientHeight), [[], []], options.host);
  }

  /** Draws again at the next frame, whatever has changed. */
  invalidate(): void {
    this.#void = true;
  }

  show(windowMs: number): void {
    this.#windowMs = windowMs;
    this.#void = true;
  }

  resize(width: number, height: number): void {
    if (width === this.#plot.width && height === this.#plot.height) return;
    this.#plot.setSize({ width, height });
    this.#void = true;
  }

  due(nowMs: number): boolean {
    if (!this.visible) return false;
    if (this.#void || this.#source.buffer.version !== this.#drawnVersion) return true;
    return snappedEdge(nowMs, this.#windowMs, this.#width) !== this.#drawnEdgeMs;
  }

  draw(nowMs: number): void {
    this.#edgeMs = snappedEdge(nowMs, this.#windowMs, this.#width);
    const { buffer } = this.#source;
    const fromUs = (this.#edgeMs - this.#windowMs) * 1_000;
    const points = this.#envelope.points(buffer, fromUs, this.#stretchMs * 1_000);
    this.#range = this.#rangeOf(points.values);
    this.#plot.batch(() => {
      this.#plot.setData([points.timesMs, points.values], false);
      this.#plot.setScale('x', { min: this.#edgeMs - this.#windowMs, max: this.#edgeMs });
    });
    this.#drawnEdgeMs = this.#edgeMs;
    this.#drawnVersion = buffer.version;
    this.#void = false;
  }

  destroy(): void {
    this.#plot.destroy();
  }

  get #width(): number {
    return this.#plot.width - VALUE_GUTTER - SIDE_ROOM;
  }

  /** Length of a stretch that is drawn as its lowest and highest reading: one pixel. */
  get #stretchMs(): number {
    return this.#windowMs / Math.max(1, this.#width);
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
          gaps: (plot, _series, first, last) => this.#gaps(plot, first, last),
        } as uPlot.Series,
      ],
      hooks: {
        drawClear: [(plot) => this.#drawSilence(plot)],
        draw: [(plot) => this.#drawMarks(plot)],
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
          tooFarLeft(at, this.#edgeMs - this.#windowMs, this.#edgeMs) ? '' : timeLabel(at, this.#windowMs),
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
      values: (_plot, splits) => {
        const decimals = labelDecimals(this.#range.step);
        return splits.map((value) => shortLabel(value, decimals));
      },
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

  /** Where two neighbouring points are further apart than the channel's pace explains. Pixels. */
  #gaps(plot: uPlot, first: number, last: number): [number, number][] {
    const { gapMs, coarse } = this.#source;
    const times = plot.data[0];
    const gaps: [number, number][] = [];
    if (gapMs === null) return gaps;
    const fine = Math.max(gapMs, 2.5 * this.#stretchMs);
    const coarseUntilMs = coarse === null ? -Infinity : coarse.untilUs / 1_000;
    const rough = Math.max(fine, 2.5 * (coarse?.stepMs ?? 0));
    for (let index = first + 1; index <= last; index++) {
      const [before = 0, at = 0] = [times[index - 1], times[index]];
      if (at - before <= (before < coarseUntilMs ? rough : fine)) continue;
      gaps.push([plot.valToPos(before, 'x', true) + uPlot.pxRatio, plot.valToPos(at, 'x', true)]);
    }
    return gaps;
  }

  /** From the last reading to now, once that is too long. */
  #drawSilence(plot: uPlot): void {
    const newestUs = this.#source.buffer.newestUs;
    if (!this.stale) return;
    const { left, top, width, height } = plot.bbox;
    const from = newestUs === null ? left : Math.max(left, plot.valToPos(newestUs / 1_000, 'x', true));
    hatch(plot.ctx, { left: from, top, width: left + width - from, height }, theme().grid, uPlot.pxRatio);
  }

  #drawMarks(plot: uPlot): void {
    this.#drawLateTicks(plot);
    const { times, values } = this.#source.buffer;
    const value = values.at(-1);
    const timeUs = times.at(-1);
    if (value === undefined || timeUs === undefined) return;
    const { left, width } = plot.bbox;
    const [ratio, edge] = [uPlot.pxRatio, left + width];
    const y = Math.round(plot.valToPos(value, 'y', true));
    const context = plot.ctx;
    context.save();
    context.strokeStyle = context.fillStyle = this.stale ? theme().faint : theme().water;
    context.lineWidth = ratio;
    context.setLineDash([ratio, 3 * ratio]);
    context.beginPath();
    context.moveTo(Math.max(left, plot.valToPos(timeUs / 1_000, 'x', true)), y);
    context.lineTo(edge, y);
    context.stroke();
    context.beginPath();
    context.moveTo(edge + ratio, y);
    context.lineTo(edge + 7 * ratio, y - 3.5 * ratio);
    context.lineTo(edge + 7 * ratio, y + 3.5 * ratio);
    context.fill();
    context.restore();
  }

  #drawLateTicks(plot: uPlot): void {
    const { times, late } = this.#source.buffer;
    const { left, top, height } = plot.bbox;
    const [ratio, context] = [uPlot.pxRatio, plot.ctx];
    context.fillStyle = theme().late;
    let drawnTo = left - 1;
    for (
      let index = lowerBound(times, (this.#edgeMs - this.#windowMs) * 1_000);
      index < times.length;
      index++
    ) {
      if (late[index] !== 1) continue;
      const x = Math.floor(plot.valToPos((times[index] ?? 0) / 1_000, 'x', true));
      if (x <= drawnTo) continue;
      context.fillRect(x, top + height - 3 * ratio, ratio, 3 * ratio);
      drawnTo = x;
    }
  }

  #underCursor(plot: uPlot): { timeMs: number; value: number } | null {
    const index = plot.cursor.idx;
    if (index === null || index === undefined || (plot.cursor.left ?? -1) < 0) return null;
    const [timeMs, value] = [plot.data[0][index], plot.data[1]?.[index]];
    return timeMs === undefined || value === undefined || value === null ? null : { timeMs, value };
  }
}

function shortLabel(value: number, decimals: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return value.toExponential(0);
  if (size >= 1e6) return `${+(value / 1e6).toFixed(2)}M`;
  if (size >= 1e4) return `${+(value / 1e3).toFixed(1)}k`;
  return value.toFixed(decimals).replace('-', '−');
}
