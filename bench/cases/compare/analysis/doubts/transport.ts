/** Did TCP and TLS do what the method says that they do? */
import type { HistogramRecord, RunRecord } from '../../record.js';
import type { Method } from '../../scenario.js';
import { mergedHistogram } from '../merged-histogram.js';
import type { Check, Checks } from './doubts.js';

/** How long Linux holds an acknowledgement back that has nothing to travel with (TCP_DELACK_MIN), us. */
const DELAYED_ACK_US = 40_000;
/** A cluster's ends around that; what the ends take comes on top. */
const CLUSTER_US = [-5_000, 18_000] as const;
/** Of all readings, in the cluster. */
const CLUSTER_SHARE = 0.1;
/** Of messages, that had packets of their own. */
const PACKETS_SHARE = 0.8;
/** Above the prediction, for packets that hold several messages to matter. */
const SLOWER = 0.2;

/** Its messages go one by one at times of their own, so that a delay of each shows as a cluster. */
const PUSHED: ReadonlySet<Method> = new Set([
  'ws',
  'wss',
  'mqtt',
  'sse',
  'post-new',
  'post-kept',
  'posts-full',
  'posts-resumed',
  'posts-kept',
]);
const OPENS_EACH: ReadonlySet<Method> = new Set(['post-new', 'posts-full', 'posts-resumed', 'poll-new']);
/** Connections that a client keeps; in the window one may replace another. */
const KEPT_MOST = 6;

/** Nagle's algorithm holds a small write back until what went before is acknowledged, which the other end delays. */
const nagle: Check = (run) => heldBack(run) ?? bundled(run);

const heldBack: Check = ({ record: { plan, latency }, prediction }) => {
  const { method, readingsPerMessage } = plan.scenario;
  if (prediction === null || !PUSHED.has(method) || readingsPerMessage > 1) return null;
  const after = valuesOf(latency).map((us) => us - prediction.p50Us);
  const { up, down } = plan.scenario.network;
  for (const atUs of [DELAYED_ACK_US, DELAYED_ACK_US + (up.delayMs + down.delayMs) * 1000]) {
    const [fromUs, toUs] = [atUs + CLUSTER_US[0], atUs + CLUSTER_US[1]];
    const share = shareBetween(after, fromUs, toUs);
    const before = shareBetween(after, 2 * fromUs - toUs, fromUs);
    if (share < CLUSTER_SHARE || share <= 3 * before) continue;
    return `${(100 * share).toFixed(0)} % of readings came about ${(atUs / 1000).toFixed(0)} ms after their time, as with Nagle's algorithm and delayed acknowledgements`;
  }
  return null;
};

/** Fewer packets with data than messages, and slower than theory. */
const bundled: Check = ({ record, prediction }) => {
  const { plan, wire, readings, latency } = record;
  const { method, direction, readingsPerMessage } = plan.scenario;
  if (prediction === null || wire.counted !== 'packets') return null;
  if (direction !== 'uplink' || OPENS_EACH.has(method)) return null;
  const messages = readings.arrived / readingsPerMessage;
  const packets = wire.window.up.packets - wire.window.up.bareAcks;
  if (packets >= PACKETS_SHARE * messages || latency.meanUs < (1 + SLOWER) * prediction.meanUs) return null;
  return `${messages.toFixed(0)} messages went in ${packets} packets and took ${(latency.meanUs / prediction.meanUs).toFixed(1)} times their time: they were held back and sent together`;
};

const connections: Check = ({ record }) => {
  const { plan, wire } = record;
  if (wire.counted !== 'packets') return null;
  const { method, devices } = plan.scenario;
  const messages = exchanges(record);
  const opened = `${wire.connections} connections were opened for ${messages.toFixed(0)} messages`;
  if (OPENS_EACH.has(method))
    return wire.connections < 0.9 * messages ? `${opened}, which has one for each` : null;
  return wire.connections > Math.max(KEPT_MOST * devices, 0.1 * messages)
    ? `${opened}, which keeps them`
    : null;
};

function exchanges({ plan, readings, polls }: RunRecord): number {
  return polls?.asked ?? readings.arrived / plan.scenario.readingsPerMessage;
}

const loss: Check = ({ record: { readings } }) =>
  readings.lost > 0
    ? `${readings.lost} of ${readings.due} readings never came: latency is of the others`
    : null;

const duplicates: Check = ({ record: { readings } }) =>
  readings.duplicated > 0 ? `${readings.duplicated} readings came more than once` : null;

const estimated: Check = ({ record: { wire } }) =>
  wire.counted === 'estimated' ? 'packets were not seen but made up from bytes by the rules of TCP' : null;

export const TRANSPORT_CHECKS: Checks = {
  nagle,
  connections,
  loss,
  duplicates,
  'estimated-packets': estimated,
};

/** A histogram's values in steps of half a percent, us. */
function valuesOf(record: HistogramRecord): number[] {
  const histogram = mergedHistogram([record]);
  return Array.from({ length: 200 }, (_, step) => histogram.getValueAtPercentile((step + 0.5) / 2));
}

function shareBetween(values: readonly number[], low: number, high: number): number {
  return values.filter((value) => value >= low && value <= high).length / values.length;
}
