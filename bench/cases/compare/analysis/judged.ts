import { predict, type Prediction } from '../theory/predict.js';
import type { RunRecord } from '../record.js';

/** A run and what theory gives for it; null where it gives nothing, or nothing arrived. */
export interface Judged {
  readonly record: RunRecord;
  readonly prediction: Prediction | null;
}

export function judged(record: RunRecord): Judged {
  return { record, prediction: record.latency.count === 0 ? null : predict(record.plan, record.achieved) };
}

/** Readings a second that all devices of a run were to send in the window, those that got lost left out. */
export function offeredPerS({ readings, plan }: RunRecord): number {
  return (readings.due - readings.lost) / plan.measuredS;
}

/** Readings by which a run was behind its schedule when the window ended, beyond how far it was when that began. */
export function behind(record: RunRecord): number {
  return (offeredPerS(record) - record.throughput) * record.plan.measuredS;
}

/** A share of the window's readings that may be on the way at its end and were not at its beginning. */
const ON_THE_WAY = 0.02;

/** Did fewer readings arrive in the window than were to be sent, by more than chance and the way there make? */
export function fellBehind(record: RunRecord): boolean {
  const { due, lost } = record.readings;
  return record.plan.scenario.rateHz !== null && behind(record) > Math.max(3, ON_THE_WAY * (due - lost));
}
