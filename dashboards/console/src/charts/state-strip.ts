/** A boolean or text channel as a timeline: a block for as long as each state held. */
import type { ChannelSeries } from '../store/channel-series.js';
import { runsBetween, type Run } from '../store/runs.js';
import type { Drawable } from './frame-loop.js';
import { hatch } from './hatch.js';
import { theme } from './theme.js';
import { snappedEdge, TIME_GUTTER, timeLabel, timeLabels, tooFarLeft } from './time-axis.js';

const SIDE_ROOM = 10;
const LEFT_ROOM = 2;
const BAND_HEIGHT = 30;

export class StateStrip implements Drawable {
  visible = false;
  stale = false;
  readonly #series: ChannelSeries;
  readonly #canvas = document.createElement('canvas');
  readonly #context: CanvasRenderingContext2D | null;
  #width = 0;
  #height = 0;
  #windowMs = 60_000;
  #drawnEdgeMs = 0;
  #drawnVersion = -1;
  #void = true;

  constructor(host: HTMLElement, series: ChannelSeries) {
    this.#series = series;
    this.#context = this.#canvas.getContext('2d');
    host.append(this.#canvas);
    this.resize(host.clientWidth, host.clientHeight);
  }

  invalidate(): void {
    this.#void = true;
  }

  show(windowMs: number): void {
    this.#windowMs = windowMs;
    this.#void = true;
  }

  resize(width: number, height: number): void {
    const ratio = devicePixelRatio;
    this.#width = width;
    this.#height = height;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
    this.#void = true;
  }

  due(nowMs: number): boolean {
    if (!this.visible) return false;
    if (this.#void || this.#series.buffer.version !== this.#drawnVersion) return true;
    return snappedEdge(nowMs, this.#windowMs, this.#plotWidth) !== this.#drawnEdgeMs;
  }

  draw(nowMs: number): void {
    const context = this.#context;
    if (context === null) return;
    const edgeMs = snappedEdge(nowMs, this.#windowMs, this.#plotWidth);
    const ratio = devicePixelRatio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.#width, this.#height);
    this.#drawTime(context, edgeMs);
    const runs = runsBetween(this.#series.buffer, (edgeMs - this.#windowMs) * 1_000, edgeMs * 1_000);
    for (const run of runs) this.#drawRun(context, run, edgeMs);
    if (this.stale) this.#drawSilence(context, edgeMs);
    this.#drawnEdgeMs = edgeMs;
    this.#drawnVersion = this.#series.buffer.version;
    this.#void = false;
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

  #x(timeMs: number, edgeMs: number): number {
    return LEFT_ROOM + (1 - (edgeMs - timeMs) / this.#windowMs) * this.#plotWidth;
  }

  #drawTime(context: CanvasRenderingContext2D, edgeMs: number): void {
    context.font = theme().font;
    context.textAlign = 'center';
    context.textBaseline = 'bottom';
    const floor = this.#height - TIME_GUTTER;
    for (const at of timeLabels(edgeMs - this.#windowMs, edgeMs)) {
      const x = Math.round(this.#x(at, edgeMs));
      context.fillStyle = theme().grid;
      context.fillRect(x, 6, 1, floor - 6);
      if (tooFarLeft(at, edgeMs - this.#windowMs, edgeMs)) continue;
      context.fillStyle = theme().faint;
      context.fillText(timeLabel(at, this.#windowMs), x, this.#height);
    }
  }

  #drawRun(context: CanvasRenderingContext2D, run: Run, edgeMs: number): void {
    const [from, to] = [this.#x(run.fromUs / 1_000, edgeMs), this.#x(run.toUs / 1_000, edgeMs)];
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
    this.#label(context, label, left, width, filled);
  }

  #label(
    context: CanvasRenderingContext2D,
    label: string,
    left: number,
    width: number,
    filled: boolean,
  ): void {
    if (width < 24) return;
    context.save();
    context.beginPath();
    context.rect(left, this.#bandTop, width - 4, BAND_HEIGHT);
    context.clip();
    context.fillStyle = filled ? theme().surface : theme().soft;
    context.font = theme().font.replace('10px', '600 11px');
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillText(label, left + 6, this.#bandTop + BAND_HEIGHT / 2);
    context.restore();
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

  #drawSilence(context: CanvasRenderingContext2D, edgeMs: number): void {
    const newestUs = this.#series.buffer.newestUs;
    const left = newestUs === null ? LEFT_ROOM : Math.max(LEFT_ROOM, this.#x(newestUs / 1_000, edgeMs));
    const area = {
      left,
      top: 6,
      width: LEFT_ROOM + this.#plotWidth - left,
      height: this.#height - TIME_GUTTER - 6,
    };
    hatch(context, area, theme().grid, 1);
  }
}
