import { randomInt } from 'node:crypto';

/** Randomness, as handed to everything that needs it, so that one seed reproduces a run. */
export interface Entropy {
  /** Uniform in [0, 1). */
  unit(): number;
  /** Uniform integer in [min, max); both safe integers. */
  integer(min: number, max: number): number;
}

/** From the operating system. `integer` takes spans up to 2^53 (two draws above 2^48). */
export const systemEntropy: Entropy = {
  unit: () => randomInt(0, 2 ** 48 - 1) / 2 ** 48,
  integer(min, max) {
    const span = max - min;
    if (span < 2 ** 48) return randomInt(min, max);
    return min + ((randomInt(0, 2 ** 27) * 2 ** 26 + randomInt(0, 2 ** 26)) % span);
  },
};

/** A repeatable sequence (splitmix32) for simulations and tests; never for secrets. */
export function seededEntropy(seed: number): Entropy {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const unit = (): number => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
  return { unit, integer: (min, max) => min + Math.floor(unit() * (max - min)) };
}
