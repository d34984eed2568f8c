import { z } from 'zod';
import type { DeviceEntry } from '../registry/device.js';
import type { PresenceBoard } from '../registry/presence.js';

const us = z.number().describe('UTC microseconds');

export const deviceSchema = z
  .object({
    device: z.string(),
    state: z.enum(['online', 'stale', 'offline']).describe('stale: connected, but its readings stopped'),
    since_us: us.describe('UTC microseconds since when it is in this state'),
    connected_since_us: us.nullable(),
    last_seen_us: us.nullable(),
    agent: z.string().nullable().describe('Its software and version'),
    remote: z.string().nullable().describe('Address that it last came from'),
    channels: z.number().int(),
    readings: z.number().int().describe('Readings taken from it, ever'),
    rejected: z.number().int().describe('Frames refused for good, ever'),
    lost: z.number().int().describe('Frames that it reported as dropped, ever'),
    backlog_frames: z
      .number()
      .int()
      .describe('Frames it held when it connected last that have not arrived yet'),
    backlog_frames_per_second: z.number().describe('At which they arrive now'),
    backlog_end_us: us
      .nullable()
      .describe(
        'UTC microseconds at which the last of them will be here; null with none left, or while none arrives',
      ),
    clock: z
      .object({ source: z.enum(['synced', 'device', 'bounded']), uncertainty_us: z.number() })
      .nullable()
      .describe('How well its clock is known'),
  })
  .meta({ id: 'Device' });

export type DeviceJson = z.output<typeof deviceSchema>;

/** A device as the API and the stream show it. */
export function deviceJson(device: DeviceEntry, presence: PresenceBoard, nowUs: number): DeviceJson {
  const { connection, backlog } = device;
  const { state, sinceUs } = presence.of(device);
  const clock = connection?.clock ?? null;
  return {
    device: device.name,
    state,
    since_us: sinceUs,
    connected_since_us: connection?.sinceUs ?? null,
    last_seen_us: device.lastSeenUs,
    agent: device.agent,
    remote: device.remote,
    channels: device.series.size,
    readings: device.readings,
    rejected: device.rejected,
    lost: device.lost,
    backlog_frames: backlog.frames,
    backlog_frames_per_second: backlog.frames === 0 ? 0 : Number(backlog.perSecond(nowUs).toPrecision(4)),
    backlog_end_us: connection === null ? null : backlog.endUs(nowUs),
    clock: clock === null ? null : { source: clock.source, uncertainty_us: clock.uncertaintyUs },
  };
}
