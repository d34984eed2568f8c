/** Bounds and labels of a value axis, on round numbers so that they stay put while the values move. */
export interface NiceRange {
  readonly low: number;
  readonly high: number;
  /** Distance of labels. */
  readonly step: number;
}

/** Least height of the axis, in units of the last decimal shown: noise in it is not blown up to fill the chart. */
const LEAST_STEPS = 4;

/** Around `min` to `max` with about `labels` steps. `decimals` says how finely the channel is read. */
export function niceRange(min: number, max: number, decimals: number, labels = 3): NiceRange {
  if (!Number.isFinite(min) || !Number.isFinite(max)) return { low: 0, high: 1, step: 0.5 };
  const resolution = Math.max(10 ** -decimals, Math.max(Math.abs(min), Math.abs(max)) * 1e-9);
  const span = Math.max(max - min, resolution * LEAST_STEPS);
  const middle = (min + max) / 2;
  const step = niceStep((span * 1.1) / labels);
  const half = step / 2;
  // Bounds on half steps: room above and below without jumping at each new extreme.
  const low = Math.floor(Math.min(min, middle - span / 2) / half - 0.25) * half;
  const high = Math.ceil(Math.max(max, middle + span / 2) / half + 0.25) * half;
  return { low, high, step };
}

/** The next of 1, 2, 5 times a power of ten. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const multiple = [1, 2, 5, 10].find((each) => each * power >= least * 0.999) ?? 10;
  return multiple * power;
}

/** Multiples of the step within the range, lowest first. */
export function rangeLabels({ low, high, step }: NiceRange): number[] {
  const labels: number[] = [];
  const first = Math.ceil(low / step - 1e-9);
  for (let index = first; index * step <= high + step * 1e-9; index++) labels.push(index * step);
  return labels;
}

/** Characters that fit beside a chart. */
const LABEL_LENGTH = 6;

const SCALES = [
  [1, ''],
  [1e3, 'k'],
  [1e6, 'M'],
  [1e9, 'G'],
  [1e12, 'T'],
] as const;

/** A value as a label of the axis: short, and with the decimals that tell it from its neighbours a step away. */
export function axisLabel(value: number, step: number): string {
  for (const [scale, letter] of SCALES) {
    const label = `${(value / scale).toFixed(decimalsApart(step / scale))}${letter}`;
    if (label.length <= LABEL_LENGTH) return label.replace(/^-/, '−');
  }
  return value.toExponential(1).replace(/^-/, '−');
}

function decimalsApart(step: number): number {
  return Math.min(20, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}
