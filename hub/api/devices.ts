import { CHANNEL_TYPES, LIMITS } from '@weir/protocol';
import { nearest, WeirError } from '@weir/runtime';
import { z } from 'zod';
import type { App } from '../listen/http-server.js';
import type { DeviceEntry } from '../registry/device.js';
import type { Series } from '../registry/series.js';
import type { ApiParts } from './context.js';
import { deviceJson, deviceSchema } from './device-json.js';
import { errorSchema } from './errors.js';

/** The value of a reading or of a command. */
export const valueSchema = z.union([z.number(), z.boolean(), z.string().max(LIMITS.textBytes)]);
const channelSchema = z
  .object({
    device: z.string(),
    channel: z.string(),
    type: z.enum(CHANNEL_TYPES),
    unit: z.string().describe('SenML unit (RFC 8428, RFC 8798); empty where there is none'),
    interval_ms: z
      .number()
      .nullable()
      .describe('Expected time between readings; null when they come as things happen'),
    last: z
      .object({ time_us: z.number(), value: valueSchema })
      .nullable()
      .describe('The latest reading by the time it was taken'),
  })
  .meta({ id: 'Channel' });

/** Devices and their channels. */
export function deviceRoutes(app: App, { core, clock }: ApiParts): void {
  app.get(
    '/api/v1/devices',
    {
      config: { roles: ['read'] },
      schema: {
        summary: 'Devices and their state',
        tags: ['devices'],
        response: { 200: z.object({ devices: z.array(deviceSchema) }), default: errorSchema },
      },
    },
    () => ({
      devices: [...core.registry.devices.values()].map((device) =>
        deviceJson(device, core.presence, clock.utcUs()),
      ),
    }),
  );
  app.get(
    '/api/v1/devices/:device',
    {
      config: { roles: ['read'] },
      schema: {
        summary: 'One device and its state',
        tags: ['devices'],
        params: z.object({ device: z.string().max(128) }),
        response: { 200: deviceSchema, default: errorSchema },
      },
    },
    ({ params }) => deviceJson(deviceNamed(core, params.device), core.presence, clock.utcUs()),
  );
  app.get(
    '/api/v1/channels',
    {
      config: { roles: ['read'] },
      schema: {
        summary: 'Channels with their latest reading',
        tags: ['devices'],
        querystring: z.object({
          device: z.string().max(128).optional().describe('Only those of this device'),
        }),
        response: { 200: z.object({ channels: z.array(channelSchema) }), default: errorSchema },
      },
    },
    ({ query }) => {
      const devices =
        query.device === undefined ? core.registry.devices.values() : [deviceNamed(core, query.device)];
      return { channels: [...devices].flatMap((device) => [...device.series.values()].map(channelJson)) };
    },
  );
}

/** The device of a name. Throws `hub.not_found`. */
export function deviceNamed(core: ApiParts['core'], name: string): DeviceEntry {
  const { devices } = core.registry;
  const device = devices.get(name);
  if (device !== undefined) return device;
  const near = nearest(name, devices.keys());
  const hint = near === null ? '' : `; is ${near} meant?`;
  throw new WeirError('hub.not_found', `no device ${JSON.stringify(name)}${hint}`, {
    details: { value: name },
  });
}

function channelJson({
  device,
  channel,
  type,
  unit,
  intervalMs,
  lastUs,
  lastValue,
}: Series): z.output<typeof channelSchema> {
  const last = lastUs === null || lastValue === null ? null : { time_us: lastUs, value: lastValue };
  return { device, channel, type, unit, interval_ms: intervalMs, last };
}
