import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Server } from 'node:net';
import { systemCode, messageOf, WeirError, type Clock, type Logger } from '@weir/runtime';
import fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Certificate } from './certificate.js';
import { Rate } from './rate.js';

/** Time for a request's headers and for all of it: slow senders do not hold a connection for ever. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 60_000;
const CHECK_MS = 5_000;
const KEEP_ALIVE_MS = 65_000;
const HEADER_BYTES_MAX = 16_384;
const ACCEPT_ERROR_LINES_PER_SECOND = 1;
const URL_PARAMETER_CHARACTERS_MAX = 256;

export type App = ReturnType<typeof createApp>;

export interface AppOptions {
  readonly bodyBytesMax: number;
  readonly connectionsMax: number;
  /** For HTTPS; null for HTTP. */
  readonly certificate: Certificate | null;
}

/** The hub's HTTP or HTTPS server, for requests and upgrades alike; without routes yet. */
export function createApp({ bodyBytesMax, connectionsMax, certificate }: AppOptions) {
  const app = fastify({
    bodyLimit: bodyBytesMax,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: URL_PARAMETER_CHARACTERS_MAX },
    serverFactory: (handler) => serverWith(certificate, handler),
    logger: false,
  });
  app.server.maxConnections = connectionsMax;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  return app.withTypeProvider<ZodTypeProvider>();
}

function serverWith(certificate: Certificate | null, handler: RequestListener): HttpServer {
  const options = {
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: HEADERS_MS,
    connectionsCheckingInterval: CHECK_MS,
  };
  if (certificate === null) return createHttpServer(options, handler);
  const server = createHttpsServer(
    { ...options, ...certificate.options, handshakeTimeout: HEADERS_MS },
    handler,
  );
  certificate.serve(server);
  return server;
}

/**
 * Finds out whether the hub will be able to listen, before it has made anything. Throws as `listen` does, which can fail
 * all the same: somebody may be faster.
 */
export async function checkPort(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw cannotListen(host, port, error);
  } finally {
    server.close();
  }
}

/** Begins to listen and returns the port. Throws `hub.port_taken` or `hub.cannot_listen`. */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw cannotListen(host, port, error);
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** Without a free file descriptor, accepting fails again and again. The server goes on; what is said of it is bounded. */
export function surviveAcceptErrors(server: Server, logger: Logger, clock: Clock): void {
  const lines = new Rate(ACCEPT_ERROR_LINES_PER_SECOND, clock);
  server.on('error', (error) => {
    if (lines.take()) logger.error({ reason: messageOf(error) }, 'cannot accept a connection');
  });
}

function cannotListen(host: string, port: number, cause: unknown): WeirError {
  const details = { host, port };
  if (systemCode(cause) === 'EADDRINUSE') {
    const message = `port ${port} on ${host} is taken by another program; choose another with --listen-port`;
    return new WeirError('hub.port_taken', message, { details, cause });
  }
  const message = `cannot listen on ${host}:${port}: ${messageOf(cause)}; see --listen-host and --listen-port`;
  return new WeirError('hub.cannot_listen', message, { details, cause });
}
