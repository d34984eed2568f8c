/** Compared at most: to look through a hundred thousand names takes longer than a suggestion is worth. */
const COMPARED_MAX = 10_000;
/** Fewer characters are a part of too much. */
const PART_LENGTH_MIN = 3;
/** What has all of the word in it is nearer than what differs in one letter. */
const PART_DISTANCE = 0.5;

/** The candidate with the fewest edits from `word` (Levenshtein), or null when none is near enough to be meant. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  return nearestFew(word, candidates, 1)[0] ?? null;
}

/** The `most` candidates nearest to `word`, nearest first: few edits away, or `word` is a part of them. */
export function nearestFew(word: string, candidates: Iterable<string>, most: number): string[] {
  const limit = Math.max(2, Math.ceil(word.length / 2));
  const found: { readonly candidate: string; readonly distance: number }[] = [];
  let compared = 0;
  for (const candidate of candidates) {
    if (compared++ === COMPARED_MAX) break;
    const distance = distanceOf(word.toLowerCase(), candidate.toLowerCase(), limit);
    if (distance <= limit) found.push({ candidate, distance });
  }
  return found
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** Beyond `limit` it is not exact. */
function distanceOf(word: string, candidate: string, limit: number): number {
  if (word.length >= PART_LENGTH_MIN && candidate.includes(word))
    return candidate === word ? 0 : PART_DISTANCE;
  const least = Math.abs(candidate.length - word.length);
  return least > limit ? least : editDistance(word, candidate);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substituted));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
