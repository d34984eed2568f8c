/** Was the link what it was asked to be, and did everything cross it? */
import type { Impairment } from '../../../../network/impairments.js';
import type { AchievedDelay } from '../../record.js';
import { mergedHistogram } from '../merged-histogram.js';
import type { Check, Checks } from './doubts.js';

/** Of the delay asked for, and ms: what a link of processes on a machine with other work may be off. */
const OFF_SHARE = 0.05;
const OFF_MS = 0.5;
/** The largest draws of jitter, in its deviations. */
const JITTER_MOST = 3;
const LOSS_OFF = 0.01;

const linkOff: Check = ({ record: { plan, achieved } }) => {
  if (achieved === null) return null;
  const { up, down } = plan.scenario.network;
  return offWay('up', up, achieved.up) ?? offWay('down', down, achieved.down);
};

function offWay(name: string, asked: Impairment, got: AchievedDelay): string | null {
  const allowedMs = OFF_SHARE * asked.delayMs + OFF_MS + asked.jitterMs;
  if (Math.abs(got.p50Ms - asked.delayMs) > allowedMs)
    return `the way ${name} took ${got.p50Ms.toFixed(1)} ms, ${asked.delayMs} ms were asked for`;
  if (Math.abs(got.lossRatio - asked.lossRatio) > LOSS_OFF)
    return `the way ${name} lost ${(100 * got.lossRatio).toFixed(1)} % of packets, ${100 * asked.lossRatio} % were asked for`;
  return null;
}

/** Who is faster than the link did not cross it. */
const fasterThanLink: Check = ({ record: { plan, achieved, latency } }) => {
  if (achieved === null || latency.count === 0) return null;
  const { delayMs, jitterMs } = plan.scenario.network[plan.scenario.direction === 'uplink' ? 'up' : 'down'];
  const leastMs = (delayMs - JITTER_MOST * jitterMs) * (1 - OFF_SHARE);
  const fastestMs = mergedHistogram([latency]).getValueAtPercentile(0) / 1000;
  if (fastestMs >= leastMs) return null;
  return `the fastest reading took ${fastestMs.toFixed(1)} ms over a way of ${delayMs} ms`;
};

export const LINK_CHECKS: Checks = { 'link-off': linkOff, 'faster-than-link': fasterThanLink };
