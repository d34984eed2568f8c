import { z } from 'zod';
import { explain } from '../explain/explain.js';
import type { Facts } from '../explain/facts.js';
import { SEVERITIES } from '../explain/finding.js';
import { gatherFacts, type Witnesses } from '../explain/gather.js';
import type { App } from '../listen/http-server.js';
import { errorSchema } from './errors.js';

const us = z.number().describe('UTC microseconds');

const explanationSchema = z
  .object({
    device: z.string(),
    channel: z.string().nullable(),
    time_us: us.describe('When the hub looked, UTC microseconds'),
    ok: z.boolean().describe('Nothing is wrong: no error and no warning among the findings'),
    summary: z.string().describe('In one sentence'),
    findings: z
      .array(
        z.object({
          severity: z
            .enum(SEVERITIES)
            .describe(
              'error: nothing arrives because of it; warning: some does not, or will not; note: nothing to do',
            ),
          code: z.string().describe('Area and fault, such as `device.offline`'),
          since_us: us.nullable().describe('Since when, UTC microseconds; null where that is not known'),
          message: z.string().describe('What is so, with figures'),
          advice: z.string().describe('What to do'),
        }),
      )
      .describe('Errors, warnings, notes; among each, the likeliest cause first'),
    backlog: z
      .object({
        frames: z.number().int().describe('Still on the device'),
        readings: z
          .number()
          .nullable()
          .describe('In them, estimated from those that came; null before the first'),
        frames_per_second: z.number(),
        oldest_us: us.nullable().describe('None of them is older, about, UTC microseconds'),
        end_us: us.nullable().describe('When the last will be here, UTC microseconds; null while none comes'),
        end_in_s: z.number().nullable(),
        stalled: z.string().nullable().describe('Why none comes'),
      })
      .nullable()
      .describe('Null when the device holds nothing back'),
  })
  .meta({ id: 'Explanation' });

/** Why nothing arrives. A device that is not known is an answer too, not an error. */
export function explainRoute(app: App, witnesses: Witnesses): void {
  app.get(
    '/api/v1/devices/:device/explain',
    {
      config: { roles: ['read'] },
      schema: {
        summary: 'Why nothing arrives from a device, or one channel of it; or that all is well',
        tags: ['devices'],
        params: z.object({ device: z.string().max(128) }),
        querystring: z.strictObject({ channel: z.string().min(1).max(128).optional() }),
        response: { 200: explanationSchema, default: errorSchema },
      },
    },
    async ({ params, query }) =>
      explanationJson(await gatherFacts(witnesses, params.device, query.channel ?? null)),
  );
}

function explanationJson(facts: Facts): z.output<typeof explanationSchema> {
  const { device, channel, nowUs } = facts;
  const { ok, summary, findings, backlog } = explain(facts);
  const held = facts.known?.backlog;
  return {
    ...{ device, channel, time_us: nowUs, ok, summary },
    findings: findings.map(({ severity, code, sinceUs, message, advice }) => {
      return { severity, code, since_us: sinceUs, message, advice };
    }),
    backlog:
      backlog === null || held === undefined
        ? null
        : {
            ...{ frames: held.frames, readings: held.readings, oldest_us: held.oldestUs, end_us: held.endUs },
            frames_per_second: Number(held.framesPerSecond.toPrecision(4)),
            end_in_s: held.endUs === null ? null : Math.max(0, Math.round((held.endUs - nowUs) / 1e6)),
            stalled: backlog.stalled,
          },
  };
}
