import { codeName, ErrorCode, ProtocolError } from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { frameSequence } from '../ingest/frame-sequence.js';
import type { Arrival } from '../ingest/boot-clock.js';
import { plainAddress } from '../listen/address.js';
import type { App } from '../listen/http-server.js';
import { decodeCborValue } from '../senml/cbor-value.js';
import { OwnEpochs } from '../senml/own-epochs.js';
import { storePack } from '../senml/store-pack.js';
import type { ApiParts } from './context.js';
import { errorSchema, scalarOf } from './errors.js';

/** Time for the disk to take a request's readings in. */
const FLUSH_MS = 10_000;
const REJECTED_MAX = 1_000;
/** From the making of a body to the arrival of its request. */
const TRANSIT_US = 2e6;

const scalar = z.union([z.string(), z.number()]).nullable();
const takenSchema = z
  .object({
    stored: z.number().describe('Frames, or SenML records, that are now on disk'),
    duplicates: z.number().describe('Frames or records that were stored before'),
    rejected: z
      .array(
        z.object({
          index: z.number().describe('Place in the body; of frames, hello is 0'),
          code: z.string(),
          limit: scalar,
          value: scalar,
          message: z.string(),
        }),
      )
      .describe('What will never be taken, and why; the rest was'),
  })
  .meta({ id: 'Taken' });

/** What a request held, once it is in the log. */
export interface Taken {
  readonly stored: number;
  readonly duplicates: number;
  readonly refused: readonly { readonly index: number; readonly error: ProtocolError }[];
}

const MEDIA_TYPES = [
  'application/cbor',
  'application/cbor-seq',
  'application/senml+json',
  'application/senml+cbor',
];

/** Readings over HTTP: the same frames as over the WebSocket, or SenML. Answered when they are on disk. */
export function postReadingsRoute(app: App, parts: ApiParts): void {
  const { core, clock, entropy } = parts;
  const ownEpochs = new OwnEpochs(entropy);
  app.addContentTypeParser(MEDIA_TYPES, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post(
    '/api/v1/readings',
    {
      config: { roles: ['device'] },
      schema: {
        summary: 'Hand readings in',
        description: POST_DESCRIPTION,
        tags: ['readings'],
        consumes: MEDIA_TYPES,
        querystring: z.strictObject({
          device: z.string().max(128).optional().describe('SenML only: the device that the names are of'),
        }),
        headers: z.object({
          'idempotency-key': z
            .string()
            .min(1)
            .max(256)
            .optional()
            .describe('SenML only: a request sent again with the same key adds nothing'),
        }),
        response: { 200: takenSchema, default: errorSchema },
      },
    },
    async (request) => {
      if (core.log.state !== 'ok') throw notWritable(parts);
      const nowUs = clock.utcUs();
      const body = bodyOf(request);
      const holder = request.holder ?? unreachable();
      const kind = mediaType(request);
      const taken =
        kind.startsWith('application/cbor') || body === null
          ? frameSequence(core.ingest, holder, body ?? new Uint8Array(), arrivalOf(request, nowUs))
          : storePack(decodePack(kind, body), {
              ingest: core.ingest,
              ownEpochs,
              holder,
              device: request.query.device ?? holder.device,
              key: request.headers['idempotency-key'] ?? null,
              nowUs,
            });
      for (const device of taken.devices) {
        device.postedUs = nowUs;
        device.remote = plainAddress(request.ip);
        core.presence.look(device);
      }
      await flushed(parts);
      return takenJson(taken);
    },
  );
}

const POST_DESCRIPTION = `\`application/cbor\`: a CBOR sequence (RFC 8742) of a hello frame and then sequenced frames, epochs by id.
\`application/senml+json\`, \`application/senml+cbor\`: a SenML pack (RFC 8428). Its names mean DEVICE/CHANNEL, split at the first
slash, or after a DEV URN (\`urn:dev:SCHEME:ID:CHANNEL\`); with \`?device=\`, or a token for one device, the name is the channel.
Refused records do not hold up the others.`;

/** When the hello of a body may have been made: it waited for its connection and for the rest of the body. */
function arrivalOf({ arrivedUs }: FastifyRequest, nowUs: number): Arrival {
  return { earliestUs: Math.min(arrivedUs, nowUs) - TRANSIT_US, latestUs: nowUs };
}

function mediaType(request: FastifyRequest): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function bodyOf(request: FastifyRequest): Uint8Array | null {
  if (!MEDIA_TYPES.includes(mediaType(request))) {
    throw new WeirError(
      'hub.unsupported_media_type',
      `content-type: expected one of ${MEDIA_TYPES.join(', ')}`,
    );
  }
  return Buffer.isBuffer(request.body) ? request.body : null;
}

function decodePack(kind: string, body: Uint8Array): unknown {
  if (kind === 'application/senml+cbor') return decodeCborValue(body);
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : 'not JSON';
    throw new ProtocolError(ErrorCode.malformed, `not JSON: ${reason.slice(0, 200)}`);
  }
}

function takenJson({ stored, duplicates, refused }: Taken): z.output<typeof takenSchema> {
  const sorted = [...refused].sort((a, b) => a.index - b.index).slice(0, REJECTED_MAX);
  const rejected = sorted.map(({ index, error: { errorCode, limit, value, message } }) => {
    return {
      index,
      code: codeName(ErrorCode, errorCode),
      limit: scalarOf(limit),
      value: scalarOf(value),
      message,
    };
  });
  return { stored, duplicates, rejected };
}

/** Waits for the disk, not for ever. Throws `log.*`: the readings may be stored yet. */
async function flushed(parts: ApiParts): Promise<void> {
  const { core, timers } = parts;
  let cancel = (): void => undefined;
  const late = new Promise<'late'>((resolve) => (cancel = timers.after(FLUSH_MS, () => resolve('late'))));
  core.ingest.seal();
  const outcome = await Promise.race([core.log.flushed(), late]);
  cancel();
  if (outcome === 'late') throw notWritable(parts);
}

function notWritable({ core: { log } }: ApiParts): WeirError {
  return (
    log.error ?? new WeirError('log.overloaded', 'the disk does not keep up; try again', { retryable: true })
  );
}

function unreachable(): never {
  throw new WeirError('internal.unexpected', 'a request without a holder reached a handler that needs one');
}
