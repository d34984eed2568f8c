/** From the hub's JSON to the page's values. */
import { JsonObject } from './json.js';
import type {
  Channel,
  Device,
  Finding,
  ReadingsPage,
  ReadingValue,
  SinkStatus,
  Stats,
  StreamBatch,
  StreamMessage,
  StreamReader,
  Totals,
} from './types.js';

const CHANNEL_TYPES = ['number', 'boolean', 'text'] as const;

export function decodeDevice(json: JsonObject): Device {
  const clock = json.objectOrNull('clock');
  return {
    device: json.text('device'),
    state: json.oneOf('state', ['offline', 'stale', 'online']),
    connectedSinceUs: json.numberOrNull('connected_since_us'),
    lastSeenUs: json.numberOrNull('last_seen_us'),
    agent: json.text('agent'),
    remote: json.text('remote'),
    channels: json.number('channels'),
    readings: json.number('readings'),
    backlogFrames: json.number('backlog_frames'),
    backlogEndUs: json.numberOrNull('backlog_end_us'),
    rejected: json.number('rejected'),
    lost: json.number('lost'),
    clock: clock && { source: clock.text('source'), uncertaintyUs: clock.number('uncertainty_us') },
  };
}

export function decodeChannel(json: JsonObject): Channel {
  const last = json.objectOrNull('last');
  const value = last === null ? null : readingValue(last.raw('value'));
  return {
    channel: json.text('channel'),
    type: json.oneOf('type', CHANNEL_TYPES),
    unit: json.text('unit'),
    intervalMs: json.numberOrNull('interval_ms'),
    last: last === null || value === null ? null : { timeUs: last.number('time_us'), value },
  };
}

/** Pairs of time and value; those whose value was null (an empty step of an aggregate) are left out. */
export function decodeReadings(json: JsonObject): ReadingsPage {
  return { ...pairs(json), nextCursor: json.textOrNull('next_cursor') };
}

export function decodeFindings(json: JsonObject): Finding[] {
  return json.objects('findings').map((finding) => ({
    severity: finding.oneOf('severity', ['note', 'warning', 'error']),
    code: finding.text('code'),
    message: finding.text('message'),
    advice: finding.text('advice'),
  }));
}

export function decodeTotals(json: JsonObject): Totals {
  return {
    stored: json.number('stored'),
    pending: json.number('pending'),
    expired: json.number('expired'),
    rejected: json.number('rejected'),
    expiredBy: json.object('expired_by').numbers(),
    rejectedBy: json.object('rejected_by').numbers(),
  };
}

export function decodeStats(json: JsonObject): Stats {
  const [hub, log, ingest] = [json.object('hub'), json.object('log'), json.object('ingest')];
  return {
    version: hub.text('version'),
    startedUs: hub.number('started_us'),
    uptimeS: hub.number('uptime_s'),
    log: {
      start: log.number('start'),
      durable: log.number('durable'),
      end: log.number('end'),
      bytesWritten: log.number('bytes_written'),
      state: log.text('state'),
      error: log.textOrNull('error'),
      problems: log.array('problems').length,
    },
    ingest: {
      connections: ingest.number('connections'),
      paused: ingest.number('paused'),
      frames: ingest.number('frames'),
      readings: ingest.number('readings'),
      duplicates: ingest.number('duplicates'),
      rejected: ingest.number('rejected'),
    },
    sinks: json.objects('sinks').map(decodeSink),
    streams: json.objects('streams').map(decodeReader),
  };
}

/** Null for a type that this page does not know: newer hubs may say more. */
export function decodeStreamMessage(text: string): StreamMessage | null {
  const json = JsonObject.parse(text);
  switch (json.text('type')) {
    case 'readings':
      return {
        type: 'readings',
        cursor: json.text('cursor'),
        batches: json.objects('batches').map(decodeBatch),
      };
    case 'device':
      return { type: 'device', device: decodeDevice(json.object('device')) };
    case 'caught_up':
      return { type: 'caught_up', cursor: json.text('cursor') };
    case 'skipped':
      return { type: 'skipped', reason: json.text('reason') };
    case 'left_out':
      return {
        type: 'left_out',
        cursor: json.text('cursor'),
        behind: json.raw('behind') === true,
        spans: json.objects('spans').map((span) => ({
          device: span.text('device'),
          channel: span.text('channel'),
          readings: span.number('readings'),
        })),
      };
    default:
      return null;
  }
}

function decodeBatch(json: JsonObject): StreamBatch {
  return {
    device: json.text('device'),
    channel: json.text('channel'),
    type: json.oneOf('kind', CHANNEL_TYPES),
    unit: json.text('unit'),
    ...pairs(json),
  };
}

function decodeSink(json: JsonObject): SinkStatus {
  return {
    name: json.text('name'),
    kind: json.text('kind'),
    state: json.oneOf('state', ['failed', 'running', 'waiting']),
    cursor: json.number('cursor'),
    readings: json.number('readings'),
    quarantined: json.number('quarantined'),
    lagBytes: json.number('lag_bytes'),
    skipped: json.array('skipped').length,
    error: json.textOrNull('error'),
    retryAtMs: json.numberOrNull('retry_at_ms'),
  };
}

function decodeReader(json: JsonObject): StreamReader {
  return { name: json.text('name'), lagBytes: json.number('lag_bytes') };
}

function pairs(json: JsonObject): { timesUs: number[]; values: ReadingValue[] } {
  const timesUs: number[] = [];
  const values: ReadingValue[] = [];
  const given = json.array('values');
  json.array('times_us').forEach((timeUs, index) => {
    const value = readingValue(given[index]);
    if (typeof timeUs !== 'number' || value === null) return;
    timesUs.push(timeUs);
    values.push(value);
  });
  return { timesUs, values };
}

function readingValue(value: unknown): ReadingValue | null {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? value : null;
}
