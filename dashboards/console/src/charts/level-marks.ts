/** What a level chart shows beside its line. All coordinates in canvas pixels. */
import uPlot from 'uplot';
import { lowerBound, type SeriesBuffer } from '../store/series-buffer.js';
import { hatch } from './hatch.js';
import { theme } from './theme.js';

/** Hatches the time from the last reading to now. */
export function drawSilence(plot: uPlot, { newestUs }: SeriesBuffer): void {
  const { left, top, width, height } = plot.bbox;
  const from = newestUs === null ? left : Math.max(left, plot.valToPos(newestUs / 1_000, 'x', true));
  hatch(plot.ctx, { left: from, top, width: left + width - from, height }, theme().grid, uPlot.pxRatio);
}

/** A pointer at the right edge to the level of the last reading, and a dotted line that leads there from it. */
export function drawGaugeMark(plot: uPlot, { times, values }: SeriesBuffer, colour: string): void {
  const [timeUs, value] = [times.at(-1), values.at(-1)];
  if (value === undefined || timeUs === undefined) return;
  const { ctx: context, bbox } = plot;
  const [ratio, edge] = [uPlot.pxRatio, bbox.left + bbox.width];
  const y = Math.round(plot.valToPos(value, 'y', true));
  context.save();
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = ratio;
  context.setLineDash([ratio, 3 * ratio]);
  context.beginPath();
  context.moveTo(Math.max(bbox.left, plot.valToPos(timeUs / 1_000, 'x', true)), y);
  context.lineTo(edge, y);
  context.stroke();
  context.beginPath();
  context.moveTo(edge + ratio, y);
  context.lineTo(edge + 7 * ratio, y - 3.5 * ratio);
  context.lineTo(edge + 7 * ratio, y + 3.5 * ratio);
  context.fill();
  context.restore();
}

/** A tick on the floor for each reading since `fromUs` that came late; one a pixel. */
export function drawLateTicks(plot: uPlot, { times, late }: SeriesBuffer, fromUs: number): void {
  const { ctx: context, bbox } = plot;
  const ratio = uPlot.pxRatio;
  const top = bbox.top + bbox.height - 3 * ratio;
  let drawnTo = -1;
  context.fillStyle = theme().late;
  for (let index = lowerBound(times, fromUs); index < times.length; index++) {
    if (late[index] !== 1) continue;
    const x = Math.floor(plot.valToPos((times[index] ?? 0) / 1_000, 'x', true));
    if (x <= drawnTo) continue;
    context.fillRect(x, top, ratio, 3 * ratio);
    drawnTo = x;
  }
}
