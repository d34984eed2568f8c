/** Finds numbers that are short decimals: the integers m and the exponent e with which every value is m * 10^e. */
import { EXPONENT_MAX, POWERS } from './column-values.js';

export interface Decimals {
  readonly exponent: number;
  readonly mantissas: readonly number[];
}

/**
 * The shortest exact decimals of finite values, or null where some value has none with an exponent of -15 to 15 and
 * a mantissa within 2^53. Gives up at the first value without: measured noise costs a few multiplications.
 */
export function decimals(values: Float64Array): Decimals | null {
  const places = decimalPlaces(values);
  if (places === null) return null;
  const zeros = places === 0 ? trailingZeros(values) : 0;
  const mantissas: number[] = [];
  let previous = 0;
  for (const value of values) {
    const mantissa = zeros > 0 ? value / (POWERS[zeros] ?? 1) : Math.round(value * (POWERS[places] ?? 1));
    // Proves what the search found, and that the differences will be exact too.
    const restored = zeros > 0 ? mantissa * (POWERS[zeros] ?? 1) : mantissa / (POWERS[places] ?? 1);
    if (restored !== value || !Number.isSafeInteger(mantissa - previous)) return null;
    mantissas.push(mantissa);
    previous = mantissa;
  }
  return { exponent: zeros - places, mantissas };
}

/** How many decimal places the longest of the values has. */
function decimalPlaces(values: Float64Array): number | null {
  let places = 0;
  for (const value of values) {
    for (;;) {
      const power = POWERS[places] ?? 1;
      const mantissa = Math.round(value * power);
      if (!Number.isSafeInteger(mantissa)) return null;
      if (mantissa / power === value) break;
      if (++places > EXPONENT_MAX) return null;
    }
  }
  return places;
}

/** How many zeros all of the integers end in; none for zeros alone. */
function trailingZeros(values: Float64Array): number {
  let zeros = EXPONENT_MAX;
  let onlyZero = true;
  for (const value of values) {
    if (value !== 0) onlyZero = false;
    while (zeros > 0 && value % (POWERS[zeros] ?? 1) !== 0) zeros--;
  }
  return onlyZero ? 0 : zeros;
}
