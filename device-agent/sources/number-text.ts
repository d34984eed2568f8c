/** Numbers as devices print them. */

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_FINITE = /^[+-]?(?:nan|inf|infinity)$/i;
const LENGTH_MAX = 64;

/**
 * The number that a text is as a whole, in decimal; NaN where it says that it is none ("nan", "inf"); null for any other
 * text. Stricter than `Number`: no hexadecimal, no empty text.
 */
export function parseNumber(text: string): number | null {
  if (text.length > LENGTH_MAX) return null;
  if (DECIMAL.test(text)) return Number(text);
  return NOT_FINITE.test(text) ? NaN : null;
}
