import { connectionsIn, sumsOf, type Trace, type WireSums } from '../../../../network/trace.js';
import { Timings } from '../../clients/timings.js';
import type { RunRecord, WireRecord } from '../../record.js';
import type { RunPlan } from '../../scenario.js';

export interface ThroughputFindings {
  /** Sent, acknowledged and stored, of the whole run. */
  readonly messages: number;
  /** Acknowledged a second of the window. */
  readonly perS: number;
  readonly cpu: RunRecord['cpu'];
  /** Null where no packets are counted. */
  readonly trace: Trace | null;
}

const NO_SUMS: WireSums = { packets: 0, bytes: 0, payload: 0, bareAcks: 0 };
const UNCOUNTED: WireRecord = {
  counted: 'nothing',
  setup: { up: NO_SUMS, down: NO_SUMS },
  window: { up: NO_SUMS, down: NO_SUMS },
  connections: 0,
};

export function throughputRecord(
  plan: RunPlan,
  startedAt: string,
  achieved: RunRecord['achieved'],
  { messages, perS, cpu, trace }: ThroughputFindings,
): RunRecord {
  const { readingsPerMessage } = plan.scenario;
  const readings = messages * readingsPerMessage;
  // Nothing is due at any time: a latency would be that of the queue which the load itself makes.
  const none = new Timings().record();
  return {
    ...{ plan, startedAt, achieved, cpu },
    readings: { due: readings, arrived: readings, lost: 0, duplicated: 0 },
    ...{ latency: none, confirmed: null, lateness: none, nearMeanUs: null, polls: null },
    throughput: perS * readingsPerMessage,
    wire: trace === null ? UNCOUNTED : wireOf(trace),
    ...{ energy: [], predictedMeanUs: null },
  };
}

function wireOf(trace: Trace): WireRecord {
  const window = { up: sumsOf(trace, 'up', 0, Infinity), down: sumsOf(trace, 'down', 0, Infinity) };
  const setup = { up: NO_SUMS, down: NO_SUMS };
  return { counted: trace.counted, setup, window, connections: connectionsIn(trace, 0, Infinity) };
}
