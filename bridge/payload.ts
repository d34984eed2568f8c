/**
 * What goes to the broker: JSON in UTF-8. A reading carries its identity (device and channel by topic; epoch, sequence,
 * index), because delivery is at least once and only the identity tells a resend from a second reading.
 */
import { rfc3339 } from './rfc3339.js';
import type { HubDevice, ReadingBatch } from './stream/message.js';

/** One message for the broker. */
export interface Publication {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  /** `EPOCH/SEQUENCE/INDEX` of a reading; null for a status, which the next one replaces. */
  readonly identity: string | null;
}

/** Tells messages apart across connections. A status is one with the next of its topic. */
export function messageKey({ topic, identity }: Publication): string {
  return identity === null ? topic : `${topic} ${identity}`;
}

/** Reading `index` of a batch. `value` is what the device read; `time_us` its UTC time, right to within `uncertainty_us`. */
export function readingPublication(topic: string, batch: ReadingBatch, index: number): Publication {
  const timeUs = Math.round(batch.times_us[index] ?? 0);
  const payload = JSON.stringify({
    value: batch.values[index],
    unit: batch.unit,
    time: rfc3339(timeUs),
    time_us: timeUs,
    uncertainty_us: batch.uncertainty_us,
    epoch: batch.epoch,
    sequence: batch.seq,
    index,
  });
  return { topic, payload, retain: false, identity: `${batch.epoch}/${batch.seq}/${index}` };
}

/** A device's retained state, as the hub told it. */
export function deviceStatusPublication(topic: string, device: HubDevice): Publication {
  const payload = JSON.stringify({
    state: device.state,
    since_us: device.since_us,
    since: rfc3339(Math.round(device.since_us)),
    last_seen_us: device.last_seen_us,
    agent: device.agent,
    channels: device.channels,
    backlog_frames: device.backlog_frames,
    clock: device.clock,
  });
  return { topic, payload, retain: true, identity: null };
}

/** What the bridge says of itself. */
export interface BridgeStatus {
  /** `waiting`: connected to this broker, but the hub is out of reach. `offline` is also the last will. */
  readonly state: 'online' | 'waiting' | 'offline';
  readonly sinceUs: number | null;
  readonly reason: string | null;
  readonly published: number;
  /** Messages that the broker refused for good, by its reason. */
  readonly refused: Readonly<Record<string, number>>;
}

export function bridgeStatusPublication(topic: string, status: BridgeStatus): Publication {
  const payload = JSON.stringify({
    state: status.state,
    since_us: status.sinceUs,
    since: status.sinceUs === null ? null : rfc3339(status.sinceUs),
    reason: status.reason,
    published: status.published,
    refused: status.refused,
  });
  return { topic, payload, retain: true, identity: null };
}

/** The last will: it is fixed when the connection begins, so it can tell neither when nor how much. */
export function lastWill(topic: string): Publication {
  const payload = JSON.stringify({ state: 'offline', reason: 'connection lost' });
  return { topic, payload, retain: true, identity: null };
}
