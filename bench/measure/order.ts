import { seededEntropy } from '@weir/runtime';

/**
 * Every item once in each of `repeats` rounds, each round in an order of its own: what drifts during the runs (heat, caches,
 * other users of the machine) falls on all items alike. The same seed gives the same order.
 */
export function shuffledRounds<T>(items: readonly T[], repeats: number, seed: number): T[] {
  const entropy = seededEntropy(seed);
  return Array.from({ length: repeats }, () => {
    const round = [...items];
    for (let last = round.length - 1; last > 0; last--) {
      const at = entropy.integer(0, last + 1);
      [round[last], round[at]] = [round[at] as T, round[last] as T];
    }
    return round;
  }).flat();
}
