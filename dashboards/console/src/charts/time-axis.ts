/** The time axis that all charts of a device share. Times in ms UTC. */

/** Room left of the plot for the value labels, and below it for those of time, CSS px. */
export const VALUE_GUTTER = 44;
export const TIME_GUTTER = 16;

/** Distance of labels for a window of this length. */
function labelStepMs(windowMs: number): number {
  if (windowMs <= 60_000) return 20_000;
  if (windowMs <= 300_000) return 60_000;
  return windowMs <= 900_000 ? 300_000 : 900_000;
}

/** Round times within the window, of the reader's time of day. */
export function timeLabels(fromMs: number, toMs: number): number[] {
  const stepMs = labelStepMs(toMs - fromMs);
  const zoneMs = new Date(toMs).getTimezoneOffset() * 60_000;
  const labels: number[] = [];
  for (let at = Math.ceil((fromMs - zoneMs) / stepMs) * stepMs + zoneMs; at <= toMs; at += stepMs)
    labels.push(at);
  return labels;
}

/** Whether a label of this time would run into the value labels at the left. */
export function tooFarLeft(timeMs: number, fromMs: number, toMs: number): boolean {
  return timeMs - fromMs < (toMs - fromMs) * 0.07;
}

/** `14:03`, or `14:03:20` for windows in which seconds tell. */
export function timeLabel(timeMs: number, windowMs: number): string {
  const at = new Date(timeMs);
  const hours = `${two(at.getHours())}:${two(at.getMinutes())}`;
  return windowMs <= 60_000 ? `${hours}:${two(at.getSeconds())}` : hours;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

const lessMotion = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * The right edge to draw for this moment: moved in steps of one pixel, so that a chart at rest is drawn only when it
 * has moved and lines keep their shape as they go. For readers who want less motion, in steps of a second at least.
 */
export function snappedEdge(nowMs: number, windowMs: number, width: number): number {
  const pixelMs = Math.max(windowMs / Math.max(1, width), lessMotion.matches ? 1_000 : 0);
  return Math.ceil(nowMs / pixelMs) * pixelMs;
}
