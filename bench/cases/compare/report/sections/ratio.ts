/** Marks of a ratio on the one axis that all claims have. */
import type { Claim } from '../../analysis/analysis.js';
import type { AxisSpec, Mark } from '../document.js';

export const RATIO_AXIS: AxisSpec = { label: 'times better (log scale)', kind: 'log', unit: '' };

export function dotOf(part: string, at: number, [low, high]: Claim['ci95']): Mark {
  return { part, kind: 'dot', at, low, high };
}

export function theoryOf(at: number | null): Mark[] {
  return at === null ? [] : [{ part: 'theory', kind: 'tick', at }];
}
