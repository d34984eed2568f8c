/** Gathers the facts that `explain` judges from the running hub. */
import { nearestFew, type Clock } from '@weir/runtime';
import type { Core } from '../core.js';
import type { DeviceEntry } from '../registry/device.js';
import type { Series } from '../registry/series.js';
import type { SinkStatus } from '../sinks/sink.js';
import type {
  BacklogFacts,
  ChannelFacts,
  DeviceFacts,
  Facts,
  QuarantineFacts,
  SourceFacts,
  StoreFacts,
} from './facts.js';
import type { StorePaces } from './store-paces.js';

export interface Witnesses {
  readonly core: Core;
  readonly stores: {
    statuses(): SinkStatus[];
    /** What they set aside of a device. Rejects where one does not answer. */
    quarantinedOf(device: string): Promise<QuarantineFacts[]>;
  };
  readonly paces: StorePaces;
  readonly clock: Clock;
  readonly startedUs: number;
}

const TAKEOVERS_US = 600e6;
const NEAREST = 3;
/** The agent's names for what a source says of itself. */
const PORT = '/port';
const DISCARDED = '/discarded_bytes';

/** The facts about a device, or one channel of it. Never fails: what cannot be had is left out. */
export async function gatherFacts(
  witnesses: Witnesses,
  device: string,
  channel: string | null,
): Promise<Facts> {
  const { core, clock, startedUs } = witnesses;
  const entry = core.registry.devices.get(device);
  const quarantined = entry === undefined ? [] : await witnesses.stores.quarantinedOf(device).catch(() => []);
  const nowUs = clock.utcUs();
  const known = entry === undefined ? null : deviceFacts(entry, core, nowUs, quarantined);
  const { state, error } = core.log;
  return {
    ...{ nowUs, hubStartedUs: startedUs, device, channel, known },
    nearest: nearestTo(device, channel, core, known),
    refused: core.refusals.of(device, entry?.remote ?? null),
    log: { state, error: error?.message ?? null },
    stores: storeFacts(witnesses, nowUs),
  };
}

function nearestTo(
  device: string,
  channel: string | null,
  { registry }: Core,
  known: DeviceFacts | null,
): string[] {
  if (known === null) return nearestFew(device, registry.devices.keys(), NEAREST);
  const names = known.channels.map(({ name }) => name);
  return channel === null ? [] : nearestFew(channel, names, NEAREST);
}

function deviceFacts(
  device: DeviceEntry,
  { presence }: Core,
  nowUs: number,
  quarantined: readonly QuarantineFacts[],
): DeviceFacts {
  const { connection, history, lastLoss } = device;
  const { state, sinceUs } = presence.of(device);
  const series = [...device.series.values()];
  return {
    ...{ state, sinceUs, connection, quarantined },
    former: history.last,
    takeovers: history.takeoversSince(nowUs - TAKEOVERS_US),
    lastSeenUs: device.lastSeenUs,
    lastReadingUs: device.lastReadingUs,
    postedUs: device.postedUs,
    channels: series.filter((each) => !isOfSource(each)).map(channelFacts),
    sources: sourceFacts(device),
    rejects: device.rejects.counts,
    loss: { frames: device.lost, lastUs: lastLoss?.atUs ?? null, reason: lastLoss?.reason ?? null },
    backlog: backlogFacts(device, nowUs),
  };
}

function isOfSource({ channel, type }: Series): boolean {
  return (channel.endsWith(PORT) && type === 'text') || (channel.endsWith(DISCARDED) && type === 'number');
}

function channelFacts({ channel, intervalMs, lastUs, lastOffset }: Series): ChannelFacts {
  return { name: channel, intervalMs, lastUs, logOffset: lastOffset };
}

function sourceFacts({ series }: DeviceEntry): SourceFacts[] {
  const names = new Set(
    [...series.values()].filter(isOfSource).map(({ channel }) => channel.slice(0, channel.lastIndexOf('/'))),
  );
  return [...names].map((name) => {
    const port = series.get(name + PORT);
    const discarded = series.get(name + DISCARDED);
    const [text, sum] = [port?.lastValue, discarded?.lastValue];
    return {
      name,
      port: typeof text === 'string' ? text : null,
      portUs: port?.lastUs ?? null,
      discardedBytes: typeof sum === 'number' ? sum : 0,
      discardedUs: discarded?.lastUs ?? null,
    };
  });
}

function backlogFacts({ backlog, connection }: DeviceEntry, nowUs: number): BacklogFacts {
  const { frames, readings, frontUs } = backlog;
  return {
    ...{ frames, readings, oldestUs: frontUs },
    framesPerSecond: backlog.perSecond(nowUs),
    endUs: connection === null ? null : backlog.endUs(nowUs),
  };
}

function storeFacts({ core, stores, paces }: Witnesses, nowUs: number): StoreFacts[] {
  const { durable } = core.log;
  return stores.statuses().map(({ name, state, error, retryAtMs, cursor }) => {
    const lagBytes = Math.max(0, durable - cursor);
    const retryAtUs = retryAtMs === undefined ? null : retryAtMs * 1e3;
    return {
      name,
      state,
      error,
      retryAtUs,
      cursor,
      lagBytes,
      caughtUpUs: paces.caughtUpUs(name, lagBytes, nowUs),
    };
  });
}
