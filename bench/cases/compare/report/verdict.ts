import type { Claim } from '../analysis/analysis.js';
import type { Basis } from './document.js';
import { intervalText, numberText } from './words.js';

/** `2.93 [2.81, 3.05] measured; told 3, theory 2.98`. */
export function verdictText(claim: Claim, basis: Basis): string {
  const theory = claim.theory === null ? '' : `, theory ${numberText(claim.theory)}`;
  return `${foundText(claim, basis)}; told ${numberText(claim.toldRatio)}${theory}`;
}

/** `2.93 [2.81, 3.05] measured`. */
export function foundText({ verdict, ratio, ci95 }: Claim, basis: Basis): string {
  return verdict === 'not measured' ? '–' : `${numberText(ratio)}${intervalText(ci95)} ${basis}`;
}
