/** Were readings sent when they were due, and latencies counted from then? */
import { Schedule } from '../../schedule.js';
import { behind, fellBehind, offeredPerS } from '../judged.js';
import type { Check, Checks } from './doubts.js';

const ms = (us: number): string => `${(us / 1000).toFixed(1)} ms`;

/** Smaller than any latency that is told apart here, us. */
const SLACK_US = 100;
/** Of a latency, above which the client's own lateness shapes the result. */
const LATE_SHARE = 0.25;
const LATE_MIN_US = 1_000;
/** Of a poll interval. */
const LATE_POLL_SHARE = 0.05;

/**
 * Coordinated omission: who waits for an answer before it sends what was due meanwhile, and counts from then, has left out what
 * the waiting cost. Three signs, of which any will do.
 */
const coordinatedOmission: Check = (run) =>
  countsLess(run) ?? countsFromSending(run) ?? behindWithoutLatency(run);

const countsLess: Check = ({ record: { plan, readings, latency } }) => {
  // What goes as fast as it can was never due: it has no latency.
  if (plan.scenario.rateHz === null) return null;
  if (latency.count !== readings.arrived)
    return `${latency.count} latencies are counted of ${readings.arrived} readings that arrived`;
  const due = dueInWindow(new Schedule(plan), plan.scenario.devices);
  return readings.due < due ? `${readings.due} readings are counted as due, the schedule has ${due}` : null;
};

/** A reading cannot be there before its client began with it, nor before it went the way. */
const countsFromSending: Check = ({ record: { plan, latency, lateness, achieved } }) => {
  if (latency.count === 0) return null;
  const way = plan.scenario.direction === 'uplink' ? 'up' : 'down';
  // A probe that met a busy moment says more than the way takes: that is a doubt of its own.
  const wayMs = Math.min(achieved?.[way].p50Ms ?? 0, plan.scenario.network[way].delayMs);
  const leastUs = lateness.meanUs + wayMs * 500;
  if (latency.meanUs + SLACK_US >= leastUs) return null;
  return `latency is ${ms(latency.meanUs)} on the average while readings began ${ms(lateness.meanUs)} late and the way takes ${wayMs.toFixed(1)} ms: it is not counted from when they were due`;
};

/** Who is behind by so many readings has one that is as late as they take to become due. */
const behindWithoutLatency: Check = ({ record }) => {
  if (!fellBehind(record)) return null;
  const lateUs = (behind(record) / offeredPerS(record)) * 1e6;
  if (record.latency.maxUs >= lateUs / 2) return null;
  return `${rates(record)}, yet none took longer than ${ms(record.latency.maxUs)}: they were not sent when they were due`;
};

const saturated: Check = ({ record }) =>
  fellBehind(record) ? `${rates(record)}: latency grows while it lasts, and with the run's length` : null;

function rates(record: Parameters<typeof offeredPerS>[0]): string {
  const { throughput } = record;
  return `${throughput.toFixed(1)} of ${offeredPerS(record).toFixed(1)} readings a second arrived`;
}

const lateClient: Check = ({ record: { plan, latency, lateness } }) => {
  if (plan.scenario.rateHz === null || latency.count === 0) return null;
  if (lateness.p99Us <= Math.max(LATE_MIN_US, LATE_SHARE * latency.p50Us)) return null;
  return `1 % of readings began ${ms(lateness.p99Us)} late or later, beside a median latency of ${ms(latency.p50Us)}: the machine is overloaded, or the client waits`;
};

const latePolls: Check = ({ record: { plan, polls } }) => {
  const { pollMs } = plan.scenario;
  if (polls === null || pollMs === null || polls.latenessMeanUs <= LATE_POLL_SHARE * pollMs * 1000)
    return null;
  return `requests were made ${ms(polls.latenessMeanUs)} late on the average, of ${pollMs} ms from one to the next`;
};

const negatives: Check = ({ record: { latency } }) =>
  latency.negatives + latency.zeros > 0
    ? `${latency.negatives + latency.zeros} of ${latency.count} readings were seen when they were due or before`
    : null;

export const TIMING_CHECKS: Checks = {
  'coordinated-omission': coordinatedOmission,
  saturated,
  'late-client': lateClient,
  'late-polls': latePolls,
  negatives,
};

function dueInWindow(schedule: Schedule, devices: number): number {
  let due = 0;
  for (let device = 0; device < devices; device++)
    for (let reading = 0; reading < schedule.readings; reading++)
      if (schedule.measured(device, reading)) due++;
  return due;
}
