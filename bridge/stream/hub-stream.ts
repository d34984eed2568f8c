/**
 * The hub's live stream as an async iterator over one WebSocket. It ends by throwing: `bridge.hub_refused` (the hub
 * answered, and not with a stream), `bridge.hub_unreachable` (no answer, or the connection broke or fell silent) or
 * `bridge.bad_stream`. The caller comes again with the cursor of the last message it took.
 */
import { WebSocket } from 'ws';
import { messageOf, WeirError, type Clock, type Timers } from '@weir/runtime';
import { Inbox } from './inbox.js';
import { parseStreamMessage, type StreamMessage } from './message.js';

export const STREAM_SUBPROTOCOL = 'weir.stream.v1';

export interface HubStreamSettings {
  /** The hub's URL: http, https, ws or wss, with a path where it is served below one. */
  readonly hub: string;
  /** The authority, in PEM, that alone may vouch for the hub; absent: the well-known ones. */
  readonly ca?: string;
  /** Asked at every connection, so that a token can change while the bridge runs. */
  readonly token: () => Promise<string>;
  /** What this reader calls itself in the hub's statistics. */
  readonly name: string;
  readonly connectTimeoutMs: number;
  /** Silence after which the connection counts as dead; a ping goes out at a third of it. */
  readonly deadlineMs: number;
}

export interface HubStreamDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly onOpen: () => void;
}

/** The hub takes no longer ones. */
const NAME_MAX = 64;
const MESSAGE_BYTES_MAX = 32 * 1_048_576;

/** A refusal with the wait that the hub asked for (`Retry-After`), ms; 0 when it named none. */
export class HubRefusal extends WeirError {
  readonly status: number;
  readonly retryAfterMs: number;

  constructor(status: number, retryAfterMs: number) {
    const hint = status === 401 || status === 403 ? '; is the token right?' : '';
    super('bridge.hub_refused', `the hub answered ${status} instead of its stream${hint}`, {
      retryable: true,
    });
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Follows the stream from `from`: `start`, `now` or a cursor. Ends quietly when the signal is aborted. */
export async function* readHubStream(
  settings: HubStreamSettings,
  from: string,
  deps: HubStreamDeps,
  signal: AbortSignal,
): AsyncGenerator<StreamMessage, void> {
  const token = await settings.token();
  const socket = new WebSocket(streamUrl(settings.hub, from, settings.name), [STREAM_SUBPROTOCOL], {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
    handshakeTimeout: settings.connectTimeoutMs,
    maxPayload: MESSAGE_BYTES_MAX,
    ...(settings.ca === undefined ? {} : { ca: settings.ca }),
  });
  const inbox = new Inbox(socket);
  listen(socket, inbox, deps.onOpen);
  const stopWatching = watchSilence(socket, settings.deadlineMs, deps);
  const abort = (): void => inbox.fail(new WeirError('bridge.closed', 'the bridge was closed'));
  signal.addEventListener('abort', abort);
  try {
    while (!signal.aborted) yield parseStreamMessage(await inbox.take());
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', abort);
    stopWatching();
    socket.terminate();
  }
}

export function streamUrl(hub: string, from: string, name: string): string {
  const url = new URL(hub);
  url.protocol = url.protocol.replace('http', 'ws');
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/stream`;
  url.search = new URLSearchParams({ from, name: name.slice(0, NAME_MAX) }).toString();
  url.hash = '';
  return url.href;
}

function listen(socket: WebSocket, inbox: Inbox, onOpen: () => void): void {
  const lost = (why: string): void =>
    inbox.fail(new WeirError('bridge.hub_unreachable', why, { retryable: true }));
  socket.on('open', onOpen);
  socket.on('message', (data, isBinary) => {
    if (isBinary) inbox.fail(new WeirError('bridge.bad_stream', 'the hub sent a binary message'));
    else inbox.put((data as Buffer).toString());
  });
  socket.on('unexpected-response', (request, response) => {
    inbox.fail(new HubRefusal(response.statusCode ?? 0, retryAfterMs(response.headers['retry-after'])));
    request.destroy();
  });
  socket.on('error', (error) => lost(`cannot read the hub's stream: ${causeOf(error)}`));
  socket.on('close', (code, reason) => {
    const words = reason.toString().slice(0, 120);
    lost(`the hub ended its stream with ${code}${words === '' ? '' : ` (${words})`}`);
  });
}

/** Any inbound frame is life. While the broker holds us back we do not read, and so judge no silence. */
function watchSilence(socket: WebSocket, deadlineMs: number, { clock, timers }: HubStreamDeps): () => void {
  let heardUs = clock.monotonicUs();
  const heard = (): void => void (heardUs = clock.monotonicUs());
  for (const event of ['open', 'message', 'ping', 'pong'] as const) socket.on(event, heard);
  let cancel = timers.after(deadlineMs / 3, check);
  function check(): void {
    if (socket.isPaused) heard();
    if (clock.monotonicUs() - heardUs > deadlineMs * 1000) return socket.terminate();
    if (socket.readyState === WebSocket.OPEN) socket.ping();
    cancel = timers.after(deadlineMs / 3, check);
  }
  return () => cancel();
}

const RETRY_AFTER_MAX_MS = 300_000;

/** RFC 9110, section 10.2.3; the form with a date is not used by the hub. */
function retryAfterMs(header: string | undefined): number {
  const seconds = Number(header ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, RETRY_AFTER_MAX_MS) : 0;
}

function causeOf(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : error.message;
}
