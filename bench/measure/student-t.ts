/** Midpoints over the half circle: the error of a quantile is below 1e-5 of it. */
const STEPS = 8192;
/** Above, the quantile is within 0.1 % of the normal distribution's. */
const MOST_FREEDOM = 2000;
const known = new Map<number, number>();

/**
 * Student's t with `freedom` degrees of freedom, 1 or more and whole or not: the value that |t| stays below in 95 % of cases.
 * With t = sqrt(freedom) tan(angle) the density is that of cos(angle) ** (freedom - 1), which needs no gamma function.
 * Throws below 1.
 */
export function studentT95(freedom: number): number {
  if (!(freedom >= 1)) throw new RangeError(`no t with ${freedom} degrees of freedom`);
  const capped = Math.min(freedom, MOST_FREEDOM);
  const quantile = known.get(capped) ?? computed(capped);
  known.set(capped, quantile);
  return quantile;
}

function computed(freedom: number): number {
  const stepRad = Math.PI / 2 / STEPS;
  const cumulative = new Float64Array(STEPS + 1);
  for (let step = 0; step < STEPS; step++)
    cumulative[step + 1] = (cumulative[step] ?? 0) + Math.cos((step + 0.5) * stepRad) ** (freedom - 1);
  const wanted = 0.95 * (cumulative[STEPS] ?? 0);
  const after = cumulative.findIndex((sum) => sum >= wanted);
  const [low = 0, high = 0] = cumulative.subarray(after - 1, after + 1);
  return Math.sqrt(freedom) * Math.tan((after - 1 + (wanted - low) / (high - low)) * stepRad);
}
