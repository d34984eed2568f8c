import type { Facts } from './facts.js';

/**
 * error: because of it nothing arrives of what was asked about. warning: some of it does not, or soon will not.
 * note: good to know, nothing to do.
 */
export const SEVERITIES = ['error', 'warning', 'note'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Finding {
  readonly severity: Severity;
  /** Area and fault, such as `device.offline`. */
  readonly code: string;
  /** Since when it is so, UTC us; null where that is not known. */
  readonly sinceUs: number | null;
  /** What is so, with figures. */
  readonly message: string;
  readonly advice: string;
}

/** Looks at one possible cause. Pure: the same facts give the same findings. */
export type Rule = (facts: Facts) => readonly Finding[];

export const NOTHING: readonly Finding[] = [];
