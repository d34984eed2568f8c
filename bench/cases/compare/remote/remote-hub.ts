/** A hub that is not ours: where it is, and whether it can be measured against. */
import { readFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { connect } from 'node:net';
import { rootCertificates } from 'node:tls';
import { messageOf, WeirError } from '@weir/runtime';

export interface RemoteHub {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly token: string;
  /** PEM of the authority that signed its certificate, where the system does not know it. */
  readonly caFile: string | null;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const ANSWER_MS = 10_000;
/** Timed, one after the other. */
const CONNECTS = 5;
const ANSWER_CHARACTERS_MAX = 65_536;

/** From `--hub`, `--token-file` and `--ca-file` (null: not given). Rejects with `bench.bad_hub`. */
export async function remoteHub(
  address: string,
  tokenFile: string,
  caFile: string | null,
): Promise<RemoteHub> {
  const url = URL.canParse(address) ? new URL(address) : null;
  const scheme = /^(ws|http)(s?):$/.exec(url?.protocol ?? '');
  if (url === null || scheme === null)
    throw bad(`--hub: "${address}" is not the address of a hub, such as wss://hub.example.org`);
  if (url.pathname !== '/' || url.search !== '')
    throw bad(
      `--hub: "${address}" has more than a host and a port; a hub below a path cannot be measured yet`,
    );
  const tls = scheme[2] === 's';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(url.port) || (tls ? 443 : 80), tls, token: await tokenIn(tokenFile), caFile };
}

/**
 * Asks the hub for everything that a comparison needs, and leaves nothing there. Rejects with `bench.bad_hub`, which says what
 * is missing.
 */
export async function checkHub(hub: RemoteHub, signal: AbortSignal): Promise<void> {
  const taken = await ask(
    hub,
    'POST',
    '/api/v1/readings',
    { 'content-type': 'application/senml+json' },
    signal,
  );
  explain(hub, taken, 'send readings');
  if (taken.status !== 200)
    throw bad(`at ${named(hub)} is no hub: it answered ${taken.status} ${taken.text.slice(0, 200)}`);
  const page = await ask(hub, 'GET', '/api/v1/stream?from=now&device=bench-nobody', {}, signal);
  explain(hub, page, 'read the stream');
  if (page.status !== 200 || !page.type.startsWith('application/json'))
    throw bad(
      `${named(hub)} has no stream over HTTP (it answered ${page.status}): it is older than this program; update it`,
    );
}

/** What a TCP connection to it takes: the median of some, ms. Rejects with `bench.bad_hub`. */
export async function connectTimeMs(hub: RemoteHub): Promise<number> {
  const timesMs: number[] = [];
  while (timesMs.length < CONNECTS) {
    const startMs = performance.now();
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ host: hub.host, port: hub.port, timeout: ANSWER_MS });
      const fail = (error: Error): void => reject(unreachable(hub, error));
      socket.once('error', fail);
      socket.once('timeout', () => socket.destroy(new Error('no connection in time')));
      socket.once('connect', () => {
        socket.destroy();
        resolve();
      });
    });
    timesMs.push(performance.now() - startMs);
  }
  return timesMs.sort((a, b) => a - b)[CONNECTS >> 1] ?? 0;
}

async function tokenIn(file: string): Promise<string> {
  const token = (await contentOf('--token-file', file)).trim();
  if (/^[\x21-\x7e]{16,512}$/.test(token)) return token;
  throw bad(`--token-file: ${file} does not hold one token`);
}

async function contentOf(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw bad(`${option}: ${messageOf(error)}`);
  }
}

function explain(hub: RemoteHub, { status, text }: Answer, what: string): void {
  const said = `it answered ${status}: ${text.slice(0, 200)}`;
  if (status >= 300 && status < 400)
    throw bad(`${named(hub)} redirects (${status}): give the address that it redirects to`);
  if (status === 401) throw bad(`${named(hub)} does not know the token in --token-file (${said})`);
  if (status === 403) throw bad(`the token in --token-file may not ${what} at ${named(hub)} (${said})`);
  if (status === 429 || status === 503) throw bad(`${named(hub)} is busy, try again later (${said})`);
  if (status >= 500) throw bad(`${named(hub)} cannot ${what} now (${said})`);
}

/** One request on a connection of its own; a POST has an empty SenML pack. */
async function ask(
  hub: RemoteHub,
  method: 'GET' | 'POST',
  path: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Answer> {
  const { host, port, tls, token, caFile } = hub;
  const ca = caFile === null ? {} : { ca: [...rootCertificates, await contentOf('--ca-file', caFile)] };
  const options = { host, port, method, path, agent: false as const, ...ca };
  return new Promise((resolve, reject) => {
    const asked = (tls ? tlsRequest : request)({
      ...options,
      headers: { authorization: `Bearer ${token}`, ...headers },
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    const fail = (error: Error): void => reject(unreachable(hub, error));
    asked.on('error', fail);
    asked.once('response', (response) => {
      answerOf(response).then(resolve, fail);
    });
    asked.end(method === 'POST' ? '[]' : undefined);
  });
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  let text = '';
  for await (const chunk of response) if (text.length < ANSWER_CHARACTERS_MAX) text += String(chunk);
  return { status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text };
}

function unreachable(hub: RemoteHub, error: Error): WeirError {
  const reason = error.name === 'TimeoutError' ? `no answer within ${ANSWER_MS / 1000} s` : messageOf(error);
  const certificate = /certificate|self.signed|altname/i.test(reason)
    ? '; --ca-file=FILE names the authority that signed it'
    : '';
  return bad(`${named(hub)} cannot be reached: ${reason}${certificate}`);
}

function named({ host, port, tls }: RemoteHub): string {
  return `the hub at ${tls ? 'wss' : 'ws'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function bad(message: string): WeirError {
  return new WeirError('bench.bad_hub', message);
}
