/**
 * An hour of two devices and of the hub's own vital signs as line protocol, in the shape in which the hub writes them:
 *
 *   temperature,channel=boiler/temperature,device=pi,unit=Cel value=21.57,uncertainty_us=1500i 1700000000000000000
 */
type Value = number | boolean | string;

/** The device under whose name the hub records itself. */
export const HUB_DEVICE = 'weir-hub';

/** Channels of the hub's own vital signs with their SenML units; `text` where there is no number. */
export const VITAL_SIGNS: Readonly<Record<string, string>> = {
  'hub/started': 'text',
  'ingest/connections': 'count',
  'ingest/paused_connections': 'count',
  'ingest/readings_per_second': '1/s',
  'ingest/frames_per_second': '1/s',
  'ingest/bytes_per_second': 'B/s',
  'ingest/duplicates_per_second': '1/s',
  'ingest/rejected_per_second': '1/s',
  'ingest/ack_latency_p50': 'ms',
  'ingest/ack_latency_p99': 'ms',
  'ledger/loss': 'text',
  'log/state': 'text',
  'log/pending_bytes': 'B',
  'log/kept_bytes': 'B',
  'log/written_bytes_per_second': 'B/s',
  'sinks/duckdb/state': 'text',
  'sinks/duckdb/lag_bytes': 'B',
  'sinks/duckdb/readings_per_second': '1/s',
  'sinks/duckdb/quarantined': 'count',
  'sinks/influx/state': 'text',
  'sinks/influx/lag_bytes': 'B',
  'sinks/influx/readings_per_second': '1/s',
  'sinks/influx/quarantined': 'count',
  'stream/subscribers': 'count',
  'stream/lag_bytes': 'B',
  'devices/online': 'count',
  'devices/stale': 'count',
  'devices/offline': 'count',
  'devices/backlog_frames': 'count',
  'process/cpu': '/',
  'process/resident_bytes': 'B',
  'process/event_loop_p99': 'ms',
};

const STEP_MS = 10_000;
const STEPS = 360;

/** Lines that end at `toMs`; every value occurs that a query asks for by name. */
export function sampleLines(toMs: number): string[] {
  const lines: string[] = [];
  for (let step = 0; step < STEPS; step++) {
    const atMs = toMs - (STEPS - step) * STEP_MS;
    const wave = Math.sin(step / 20);
    for (const device of ['boiler-house', 'pi.2'])
      lines.push(
        line(device, 'boiler/temperature', 'Cel', 60 + 5 * wave, atMs),
        line(device, 'boiler/pressure', 'bar', 1.6 + wave / 20, atMs),
        line(device, 'meter/pulses', '1/s', 4 + wave, atMs),
        line(device, 'system/load', '', 0.4, atMs),
        line(device, 'boiler/burner', '', step % 30 < 12, atMs),
        line(device, 'serial0/port', '', step === 40 ? 'closed' : 'open', atMs),
      );
    for (const [channel, unit] of Object.entries(VITAL_SIGNS))
      lines.push(
        line(HUB_DEVICE, channel, unit === 'text' ? '' : unit, vitalSign(channel, unit, step), atMs),
      );
  }
  return lines;
}

function vitalSign(channel: string, unit: string, step: number): Value {
  if (unit !== 'text') return 100 + step / 7;
  if (channel === 'hub/started') return '0.1.0';
  if (channel === 'ledger/loss')
    return `${step % 2 === 0 ? 'boiler-house' : 'pi.2'} expired spool_bytes: 60 frames, epoch 1099511627776 121-180`;
  if (channel === 'log/state') return step === 50 ? 'disk_full' : 'ok';
  return step === 60 ? 'failed' : 'running';
}

function line(device: string, channel: string, unit: string, value: Value, atMs: number): string {
  const measurement = channel.slice(channel.lastIndexOf('/') + 1);
  const unitTag = unit === '' ? '' : `,unit=${unit}`;
  return `${measurement},channel=${channel},device=${device}${unitTag} ${field(value)},uncertainty_us=420i ${atMs}000000`;
}

function field(value: Value): string {
  if (typeof value === 'number') return `value=${value}`;
  return typeof value === 'boolean' ? `state=${value}` : `text=${JSON.stringify(value)}`;
}
