/** What HTTP says of a failure: `{"error":{"code","message","limit","value"}}` and a status. */
import { codeName, ErrorCode, ProtocolError } from '@weir/protocol';
import { WeirError, type ErrorCodeName, type Logger } from '@weir/runtime';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Refusal } from '../auth/gate.js';
import { refusalHeaders } from '../listen/refuse.js';

const scalar = z.union([z.string(), z.number()]).nullable();

export const errorSchema = z
  .object({
    error: z.object({
      code: z.string().describe('See docs/errors.md'),
      message: z.string(),
      limit: scalar.describe('What was allowed'),
      value: scalar.describe('What was given'),
    }),
  })
  .describe('A request that was not carried out');

export type ErrorBody = z.output<typeof errorSchema>;

const STATUS: Partial<Record<ErrorCodeName, number>> = {
  'auth.forbidden': 403,
  'auth.unauthorized': 401,
  'auth.too_many_failures': 429,
  'history.bad_cursor': 400,
  'history.bad_query': 400,
  'history.busy': 503,
  'history.timeout': 503,
  'history.unavailable': 503,
  'history.unknown_channel': 404,
  'hub.bad_request': 400,
  'hub.busy': 503,
  'hub.command_timeout': 504,
  'hub.device_offline': 409,
  'hub.no_history': 404,
  'hub.not_found': 404,
  'hub.replaced': 409,
  'hub.stopping': 503,
  'hub.too_many_commands': 429,
  'hub.too_many_devices': 403,
  'hub.too_many_epochs': 503,
  'hub.unsupported_media_type': 415,
  'log.closed': 503,
  'log.disk_full': 503,
  'log.failed': 503,
  'log.overloaded': 503,
};
/** Seconds after which a request that may succeed later is worth another try. */
const RETRY_AFTER_S = 2;

export function errorBody(
  code: string,
  message: string,
  limit: number | string | null = null,
  value: number | string | null = null,
): ErrorBody {
  return { error: { code, message, limit, value } };
}

/** Answers a refusal of the gate. */
export function sendRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const { status, code, message } = refusal;
  return reply.code(status).headers(refusalHeaders(refusal)).send(errorBody(code, message));
}

/** The error handler of the whole server. */
export function errorHandler(logger: Logger) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (hasZodFastifySchemaValidationErrors(error)) {
      const [issue] = error.validation;
      const place = [error.validationContext, issue?.instancePath.replace(/^\//, '')]
        .filter(Boolean)
        .join(' ');
      return reply
        .code(400)
        .send(errorBody('hub.bad_request', `${place}: ${issue?.message ?? error.message}`));
    }
    if (error instanceof ProtocolError) return reply.code(400).send(protocolBody(error));
    if (error instanceof WeirError) return sendWeirError(reply, error, logger);
    const status = error.statusCode ?? 500;
    if (status < 500) return reply.code(status).send(clientFault(error, status, request));
    logger.error({ err: error, url: request.url }, 'a request failed');
    return reply
      .code(500)
      .send(errorBody('internal.unexpected', 'the hub failed to answer; its log says more'));
  };
}

function sendWeirError(reply: FastifyReply, error: WeirError, logger: Logger): FastifyReply {
  const status = STATUS[error.code] ?? (error.retryable ? 503 : 500);
  if (status === 503 || status === 429) reply.header('retry-after', RETRY_AFTER_S);
  if (status === 500) logger.error({ err: error }, 'a request failed');
  const { limit, value } = error.details;
  return reply.code(status).send(errorBody(error.code, error.message, scalarOf(limit), scalarOf(value)));
}

function protocolBody({ errorCode, message, limit, value }: ProtocolError): ErrorBody {
  return errorBody(codeName(ErrorCode, errorCode), message, scalarOf(limit), scalarOf(value));
}

/** A fault that fastify found: a body too large, a media type unknown, JSON that is none. */
function clientFault(error: FastifyError, status: number, request: FastifyRequest): ErrorBody {
  if (status === 413) return bodyTooLarge(request);
  if (status === 415) return errorBody('hub.unsupported_media_type', error.message);
  return errorBody('hub.bad_request', error.message);
}

function bodyTooLarge({ routeOptions: { bodyLimit }, headers }: FastifyRequest): ErrorBody {
  const said = headers['content-length'];
  const bytes = said === undefined ? null : Number(said);
  const message = `a body of ${bytes ?? 'more'} bytes; the limit is ${bodyLimit} (limits.body_bytes)`;
  return errorBody('hub.body_too_large', message, bodyLimit, bytes);
}

/** What JSON can say of a limit or a value: it knows no infinity, which some senders' numbers become. */
export function scalarOf(value: unknown): number | string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return typeof value === 'string' ? value : null;
}
