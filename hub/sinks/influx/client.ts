/**
 * One request to `/api/v2/write` at a time through InfluxDB's client, without the parts of it that lose data: no timed
 * or automatic flush, whose errors nobody sees; no retry buffer, which a close throws away.
 *
 * Beneath it a transport that ends hung requests at the time limit, and turns 201 ("some lines were refused", InfluxDB 3)
 * into an error, which the client would take for success.
 */
import {
  HttpError,
  InfluxDB,
  setLogger,
  type SendOptions,
  type Transport,
  type WriteApi,
} from '@influxdata/influxdb-client';
import { messageOf, systemClock, systemCode, WeirError } from '@weir/runtime';
import type { InfluxOptions } from './config.js';
import { refusalOf, type Refusal } from './refusal.js';

type Callbacks = NonNullable<Parameters<Transport['send']>[3]>;
const BODY_BYTES_MAX = 64 * 1024;

/** What the sink asks of a server. */
export interface LineWriter {
  /**
   * Writes lines in one request. Null when all are stored; a refusal when the server refused some or all of them for
   * what they are. Throws retryable `influx.*` when it took none for another reason.
   */
  write(lines: string[]): Promise<Refusal | null>;
  /** Ends the request under way; later ones fail. */
  close(): void;
}

export class InfluxClient implements LineWriter {
  readonly #options: InfluxOptions;
  readonly #stop = new AbortController();
  readonly #api: WriteApi;

  constructor(options: InfluxOptions) {
    this.#options = options;
    // Its errors are all thrown as well, and told by the sink.
    setLogger({ error: () => undefined, warn: () => undefined });
    const { url, token, org, bucket, timeout, max_lines: maxLines, gzip } = options;
    const plain = new InfluxDB({ url, token, timeout });
    const client = new InfluxDB({ url, transport: this.#guarded(plainTransport(plain)) });
    this.#api = client.getWriteApi(org, bucket, 'ns', {
      batchSize: 2 * maxLines + 100_000,
      maxBatchBytes: Number.MAX_SAFE_INTEGER,
      flushInterval: 0,
      maxRetries: 0,
      gzipThreshold: gzip ? 1_000 : Number.MAX_SAFE_INTEGER,
    });
  }

  async write(lines: string[]): Promise<Refusal | null> {
    this.#api.writeRecords(lines);
    try {
      await this.#api.flush();
      return null;
    } catch (error) {
      const refusal = error instanceof HttpError ? refusalOf(error) : null;
      if (refusal !== null) return refusal;
      throw this.#fault(error);
    }
  }

  close(): void {
    this.#stop.abort();
  }

  #guarded(inner: Transport): Transport {
    const limit = (): AbortSignal =>
      AbortSignal.any([this.#stop.signal, AbortSignal.timeout(this.#options.timeout)]);
    return {
      chunkCombiner: inner.chunkCombiner,
      request: (path, body, options, started) => inner.request(path, body, options, started),
      iterate: (path, body, options) => inner.iterate(path, body, options),
      send: (path, body, options, callbacks) => {
        // The client hands this on to node:http as is, whose types want a DOM signal.
        const guarded: SendOptions = { ...options, signal: limit() };
        inner.send(path, body, guarded, callbacks === undefined ? callbacks : withPartialAsError(callbacks));
      },
    };
  }

  #fault(error: unknown): WeirError {
    const { url, bucket, timeout } = this.#options;
    const details = { url };
    if (!(error instanceof HttpError)) {
      const why =
        error instanceof Error && error.name === 'AbortError'
          ? `no answer in ${timeout} ms`
          : reasonOf(error);
      return new WeirError('influx.unreachable', `${url}: ${why}`, {
        retryable: true,
        details,
        cause: error,
      });
    }
    const text = `${url} answered ${error.statusCode}: ${textOf(error)}`;
    const [code, hint] =
      error.statusCode === 401 || error.statusCode === 403
        ? (['influx.unauthorized', `; is the token for bucket ${bucket}?`] as const)
        : error.statusCode === 404
          ? (['influx.not_found', ` (bucket ${bucket})`] as const)
          : error.statusCode === 429 || error.statusCode >= 500
            ? (['influx.unreachable', ''] as const)
            : (['influx.refused', ''] as const);
    const retryAfterMs = retryAfterOf(error);
    return new WeirError(code, `${text}${hint}`, {
      retryable: true,
      details: { ...details, status: error.statusCode, ...(retryAfterMs === null ? {} : { retryAfterMs }) },
      cause: error,
    });
  }
}

function plainTransport(client: InfluxDB): Transport {
  return client.transport;
}

/** A 201 carries what was refused in its body, which the client never looks at. */
function withPartialAsError(callbacks: Callbacks): Callbacks {
  let status: number | undefined;
  let headers: Parameters<NonNullable<Callbacks['responseStarted']>>[0] = {};
  const body: Uint8Array[] = [];
  let bytes = 0;
  return {
    ...callbacks,
    responseStarted(received, statusCode) {
      status = statusCode;
      headers = received;
      callbacks.responseStarted?.(received, statusCode);
    },
    next(data: unknown) {
      if (data instanceof Uint8Array && bytes < BODY_BYTES_MAX) {
        body.push(data);
        bytes += data.length;
      }
    },
    complete() {
      if (status !== 201) return callbacks.complete?.();
      const text = Buffer.concat(body).toString();
      callbacks.error?.(
        new HttpError(201, 'Created', text, null, String(headers['content-type']), undefined, headers),
      );
    },
  };
}

function textOf(error: HttpError): string {
  return (error.body ?? error.statusMessage ?? error.message).trim().slice(0, 500);
}

/** `Retry-After` as seconds or a date (RFC 9110, 10.2.3), in ms from now. */
function retryAfterOf(error: HttpError): number | null {
  const header = error.headers?.['retry-after'];
  if (typeof header !== 'string') return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - systemClock.utcUs() / 1_000;
  return Number.isFinite(ms) && ms > 0 ? Math.ceil(ms) : null;
}

/** Of a refused connection Node says no more than its code where there were several addresses. */
function reasonOf(error: unknown): string {
  return messageOf(error) || (systemCode(error) ?? 'the request failed');
}
