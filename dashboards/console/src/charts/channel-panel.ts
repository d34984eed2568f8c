/**
 * Drives one channel's card without a rendering of the page: the chart at the pace of its readings, the texts at most
 * five times a second. The chart comes into being when the card is first seen.
 */
import type { DeviceState } from '../api/types.js';
import type { ChannelSeries } from '../store/channel-series.js';
import { printedCount, printedDuration, printedTime, printedValue } from '../store/format.js';
import { freshness, gapMs } from '../store/staleness.js';
import type { Drawable, FrameLoop } from './frame-loop.js';
import { LevelChart, type LevelSource } from './level-chart.js';
import type { Sighted } from './sight.js';
import { StateStrip } from './state-strip.js';

/** Elements of a card that change with its readings. */
export interface PanelElements {
  readonly card: HTMLElement;
  readonly value: HTMLElement;
  readonly age: HTMLElement;
  readonly late: HTMLElement;
  readonly cursor: HTMLElement;
  readonly chart: HTMLElement;
}

export interface PanelContext {
  readonly loop: FrameLoop;
  readonly deviceState: () => DeviceState;
  /** Sees to it that the past of the channel is there. */
  readonly want: (series: ChannelSeries, windowMs: number) => void;
}

const TEXT_EVERY_MS = 200;
const WANT_EVERY_MS = 3_000;

/** Ages below this are called live. */
const LIVE_MS = 3_000;

export class ChannelPanel implements Drawable, Sighted {
  readonly #series: ChannelSeries;
  readonly #elements: PanelElements;
  readonly #context: PanelContext;
  #chart: LevelChart | StateStrip | null = null;
  #windowMs = 60_000;
  #visible = false;
  #textAtMs = -Infinity;
  #wantAtMs = -Infinity;

  constructor(series: ChannelSeries, elements: PanelElements, context: PanelContext) {
    this.#series = series;
    this.#elements = elements;
    this.#context = context;
    context.loop.add(this);
  }

  onSight(visible: boolean): void {
    this.#visible = visible;
    if (visible && this.#chart === null) this.#makeChart();
    if (this.#chart !== null) this.#chart.visible = visible;
  }

  onSize(): void {
    const { clientWidth, clientHeight } = this.#elements.chart;
    this.#chart?.resize(clientWidth, clientHeight);
  }

  show(windowMs: number): void {
    this.#windowMs = windowMs;
    this.#wantAtMs = -Infinity;
    this.#chart?.show(windowMs);
  }

  invalidate(): void {
    this.#chart?.invalidate();
  }

  due(nowMs: number): boolean {
    return this.#visible && Math.abs(nowMs - this.#textAtMs) >= TEXT_EVERY_MS;
  }

  /** The texts; the chart is a drawable of its own. */
  draw(nowMs: number): void {
    this.#textAtMs = nowMs;
    if (Math.abs(nowMs - this.#wantAtMs) >= WANT_EVERY_MS) {
      this.#wantAtMs = nowMs;
      this.#context.want(this.#series, this.#windowMs);
    }
    const { last, lateCount, intervalMs } = this.#series;
    const { card, value, age, late } = this.#elements;
    if (lateCount > 0) write(late, `${printedCount(lateCount)} late`);
    if (last === null) return write(value, '–');
    const { stale, ageMs } = freshness(
      { timeUs: last.timeUs, intervalMs },
      this.#context.deviceState(),
      nowMs,
    );
    write(value, this.#printed(last.value));
    write(age, ageText(stale, ageMs, last.timeUs / 1_000, nowMs));
    this.#setStale(card, stale);
  }

  destroy(): void {
    this.#context.loop.remove(this);
    if (this.#chart === null) return;
    this.#context.loop.remove(this.#chart);
    this.#chart.destroy();
  }

  #makeChart(): void {
    const host = this.#elements.chart;
    this.#chart =
      this.#series.type === 'number'
        ? new LevelChart({
            host,
            source: sourceOf(this.#series),
            syncKey: 'device',
            onCursor: (at) => write(this.#elements.cursor, at === null ? '' : this.#underCursor(at)),
          })
        : new StateStrip(host, this.#series);
    this.#chart.show(this.#windowMs);
    this.#context.loop.add(this.#chart);
  }

  #setStale(card: HTMLElement, stale: boolean): void {
    if (card.dataset.stale !== String(stale)) card.dataset.stale = String(stale);
    if (this.#chart === null || this.#chart.stale === stale) return;
    this.#chart.stale = stale;
    this.#chart.invalidate();
  }

  #printed(value: number | boolean | string): string {
    return typeof value === 'number' ? printedValue(value, this.#series.decimals) : String(value);
  }

  #underCursor(at: { readonly timeMs: number; readonly value: number }): string {
    return `${printedTime(at.timeMs, at.timeMs)}  ${printedValue(at.value, this.#series.decimals)}`;
  }
}

/** Changes a text only when it is another one: the browser then has nothing to lay out. */
function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** The age of a value; its time where that is long ago. */
function ageText(stale: boolean, ageMs: number, timeMs: number, nowMs: number): string {
  if (ageMs > 3_600_000) return `last ${printedTime(timeMs, nowMs)}`;
  if (stale) return `last ${printedDuration(ageMs)} ago`;
  return ageMs < LIVE_MS ? 'live' : `${printedDuration(ageMs)} ago`;
}

function sourceOf(series: ChannelSeries): LevelSource {
  return {
    buffer: series.buffer,
    get decimals() {
      return series.decimals;
    },
    get coarse() {
      return series.coarse;
    },
    get gapMs() {
      return gapMs(series.intervalMs);
    },
    stepped: series.intervalMs === null,
  };
}
