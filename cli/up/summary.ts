import type { Latency } from '@weir/bench';

/** How a run of `weir up` ended. Each figure is counted at its own end. */
export interface Summary {
  readonly devices: number;
  /** By the agents: readings in frames handed to a socket, each frame once. */
  readonly readings_sent: number;
  /** By the agents: those of them that the hub has acknowledged. */
  readonly readings_acked: number;
  /** By a query of the store: rows that this run added. */
  readonly readings_stored: number;
  /** By a subscriber on the broker: different readings that it received. */
  readonly mqtt_published: number;
  /** Sent and not stored. */
  readonly lost: number;
  /** Rows in the store beyond one for each reading. */
  readonly duplicates: number;
  /** From the moment a reading was taken until its agent knew that it is on the hub's disk; one clock. */
  readonly latency_ms: { readonly p50: number; readonly p99: number };
}

export interface Counts {
  readonly devices: number;
  readonly sent: number;
  readonly acked: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly published: number;
}

export function summarise(counts: Counts, latency: Latency): Summary {
  const { p50, p99 } = latency.summary();
  return {
    devices: counts.devices,
    readings_sent: counts.sent,
    readings_acked: counts.acked,
    readings_stored: counts.stored,
    mqtt_published: counts.published,
    lost: Math.max(0, counts.sent - (counts.stored - counts.duplicates)),
    duplicates: counts.duplicates,
    latency_ms: { p50, p99 },
  };
}

/** Did everything that was sent arrive everywhere, once? And was anything sent at all? */
export function isWhole(summary: Summary): boolean {
  const { readings_sent: sent } = summary;
  return (
    sent > 0 &&
    summary.readings_acked === sent &&
    summary.readings_stored === sent &&
    summary.mqtt_published === sent &&
    summary.duplicates === 0
  );
}

/** The summary for a person. */
export function describeSummary(summary: Summary): string {
  const count = (value: number): string => value.toLocaleString('en-GB').padStart(12);
  return [
    `  sent by ${summary.devices} devices`.padEnd(28) + count(summary.readings_sent),
    '  acknowledged'.padEnd(28) + count(summary.readings_acked),
    '  in the store'.padEnd(28) + count(summary.readings_stored),
    '  received over MQTT'.padEnd(28) + count(summary.mqtt_published),
    '  lost'.padEnd(28) + count(summary.lost),
    '  duplicates'.padEnd(28) + count(summary.duplicates),
    `  taken until safe on disk: p50 ${summary.latency_ms.p50.toFixed(1)} ms, p99 ${summary.latency_ms.p99.toFixed(1)} ms`,
  ].join('\n');
}
