/** A boolean or text channel as a timeline: a block for as long as each state held. */
import type { ChannelSeries } from '../store/channel-series.js';
import { runsBetween, type Run } from '../store/runs.js';
import type { Drawable } from './frame-loop.js';
import { hatch } from './hatch.js';
import { theme } from './theme.js';
import { Redraw } from './redraw.js';
import { TIME_GUTTER, timeLabel, timeLabels, tooFarLeft } from './time-axis.js';

const SIDE_ROOM = 10;
const LEFT_ROOM = 2;
const BAND_HEIGHT = 30;
const LABEL_INSET = 6;
/** Blocks narrower than this are not even measured for a label. */
const LABEL_ROOM = 24;

export class StateStrip implements Drawable {
  visible = false;
  stale = false;
  readonly #series: ChannelSeries;
  readonly #canvas = document.createElement('canvas');
  readonly #context: CanvasRenderingContext2D | null;
  #width = 0;
  #height = 0;
  readonly #redraw = new Redraw(60_000);

  constructor(host: HTMLElement, series: ChannelSeries) {
    this.#series = series;
    this.#context = this.#canvas.getContext('2d');
    host.append(this.#canvas);
    this.resize(host.clientWidth, host.clientHeight);
  }

  invalidate(): void {
    this.#redraw.invalidate();
  }

  show(windowMs: number): void {
    this.#redraw.windowMs = windowMs;
  }

  resize(width: number, height: number): void {
    const ratio = devicePixelRatio;
    this.#width = width;
    this.#height = height;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
    this.invalidate();
  }

  due(nowMs: number): boolean {
    return this.visible && this.#redraw.due(nowMs, this.#series.buffer.version, this.#plotWidth);
  }

  draw(nowMs: number): void {
    const context = this.#context;
    if (context === null) return;
    const { buffer } = this.#series;
    this.#redraw.begin(nowMs, buffer.version, this.#plotWidth);
    const { startMs, edgeMs } = this.#redraw;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.#width, this.#height);
    this.#drawTime(context);
    if (this.stale) this.#drawSilence(context);
    for (const run of runsBetween(buffer, startMs * 1_000, edgeMs * 1_000)) this.#drawRun(context, run);
  }

  destroy(): void {
    this.#canvas.remove();
  }

  get #plotWidth(): number {
    return this.#width - LEFT_ROOM - SIDE_ROOM;
  }

  get #bandTop(): number {
    return Math.round((this.#height - TIME_GUTTER - BAND_HEIGHT) / 2) + 3;
  }

  #x(timeMs: number): number {
    return LEFT_ROOM + ((timeMs - this.#redraw.startMs) / this.#redraw.windowMs) * this.#plotWidth;
  }

  #drawTime(context: CanvasRenderingContext2D): void {
    const { startMs, edgeMs, windowMs } = this.#redraw;
    context.font = theme().font;
    context.textAlign = 'center';
    context.textBaseline = 'bottom';
    const floor = this.#height - TIME_GUTTER;
    for (const at of timeLabels(startMs, edgeMs)) {
      const x = Math.round(this.#x(at));
      context.fillStyle = theme().grid;
      context.fillRect(x, 6, 1, floor - 6);
      if (tooFarLeft(at, startMs, edgeMs)) continue;
      context.fillStyle = theme().faint;
      context.fillText(timeLabel(at, windowMs), x, this.#height);
    }
  }

  #drawRun(context: CanvasRenderingContext2D, run: Run): void {
    const [from, to] = [this.#x(run.fromUs / 1_000), this.#x(run.toUs / 1_000)];
    const [left, width] = [Math.round(from), Math.max(1, Math.round(to) - Math.round(from) - 1)];
    const { colour, filled, label } = this.#look(run.value);
    context.fillStyle = colour;
    if (filled) {
      context.globalAlpha = this.stale ? 0.35 : 1;
      context.fillRect(left, this.#bandTop, width, BAND_HEIGHT);
      context.globalAlpha = 1;
    } else {
      context.fillRect(left, this.#bandTop + BAND_HEIGHT - 2, width, 2);
    }
    this.#label(context, label, left, width, filled && !this.stale);
  }

  /** The state's name, where it fits. */
  #label(
    context: CanvasRenderingContext2D,
    label: string,
    left: number,
    width: number,
    onColour: boolean,
  ): void {
    if (width < LABEL_ROOM) return;
    context.font = theme().font.replace('10px', '600 11px');
    if (context.measureText(label).width > width - 2 * LABEL_INSET) return;
    context.fillStyle = onColour ? theme().surface : theme().soft;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillText(label, left + LABEL_INSET, this.#bandTop + BAND_HEIGHT / 2);
  }

  #look(value: number): { colour: string; filled: boolean; label: string } {
    const { water, states, faint } = theme();
    if (this.#series.type === 'boolean')
      return value === 1
        ? { colour: water, filled: true, label: 'true' }
        : { colour: faint, filled: false, label: 'false' };
    const colour = states[value % states.length] ?? water;
    return { colour, filled: true, label: this.#series.labels.textOf(value) };
  }

  #drawSilence(context: CanvasRenderingContext2D): void {
    const newestUs = this.#series.buffer.newestUs;
    const left = newestUs === null ? LEFT_ROOM : Math.max(LEFT_ROOM, this.#x(newestUs / 1_000));
    const area = {
      left,
      top: 6,
      width: LEFT_ROOM + this.#plotWidth - left,
      height: this.#height - TIME_GUTTER - 6,
    };
    hatch(context, area, theme().grid, 1);
  }
}
