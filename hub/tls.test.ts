/** The hub over TLS: https and wss on real sockets, with certificates made here. */
import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { silentLogger, systemTimers, type Logger, type Timers } from '@weir/runtime';
import { selfSigned, temporaryFolder, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { HubConfigInput } from './config.js';
import { startTestHub } from './hub.testing.js';
import type { Hub } from './main.js';
import { patientTimers } from './patient-timers.testing.js';

interface Files {
  readonly cert_file: string;
  readonly key_file: string;
}

/** Writes a certificate as renewal programs do: each file at once, one after the other. */
async function renew(files: Files): Promise<string> {
  const { cert, key } = selfSigned();
  await place(files.cert_file, cert);
  await place(files.key_file, key);
  return cert;
}

async function place(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

async function filesIn(folder: string): Promise<Files & { ca: string }> {
  const files = { cert_file: join(folder, 'cert.pem'), key_file: join(folder, 'key.pem') };
  return { ...files, ca: await renew(files) };
}

async function startTlsHub(more: HubConfigInput = {}, timers: Timers = systemTimers, logger?: Logger) {
  const { ca, ...files } = await filesIn(await temporaryFolder());
  const deps = { timers, ...(logger === undefined ? {} : { logger }) };
  const hub = await startTestHub({ ...more, listen: { tls: files } }, deps);
  return { hub, files, ca };
}

async function handshake(hub: Hub, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: hub.port, ...options });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

function offer(hub: Hub, path: string, ca: string, token = hub.token): Promise<number> {
  const socket = new WebSocket(hub.url.replace('http', 'ws') + path, ['weir.v1', 'weir.stream.v1'], {
    headers: { authorization: `Bearer ${token}` },
    ca,
  });
  onTestFinished(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(101));
    socket.on('unexpected-response', (request, response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
    socket.on('error', reject);
  });
}

/** By a connection of its own, unless an agent has one. */
async function statusOf(hub: Hub, path: string, ca: string, agent: Agent | false = false): Promise<number> {
  const headers = { authorization: `Bearer ${hub.token}` };
  const sent = get(hub.url + path, { headers, ca, agent });
  const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream & { statusCode: number }];
  await once(response.resume(), 'end');
  return response.statusCode;
}

describe('a hub with listen.tls', () => {
  it('serves https and wss, to who trusts its certificate alone', async () => {
    const { hub, ca } = await startTlsHub();
    expect(hub.url).toBe(`https://127.0.0.1:${hub.port}`);
    expect(await statusOf(hub, '/api/v1/stats', ca)).toBe(200);
    expect(await offer(hub, '/api/v1/connect', ca)).toBe(101);
    expect(await offer(hub, '/api/v1/stream', ca)).toBe(101);
    await expect(statusOf(hub, '/healthz', selfSigned().cert)).rejects.toThrow(/certificate/);
    await expect(offer(hub, '/api/v1/connect', selfSigned().cert)).rejects.toThrow(/certificate/);
  });

  it('refuses before the upgrade as without TLS', async () => {
    const { hub, ca } = await startTlsHub({ limits: { connections: 1, connects_per_second: 2 } });
    expect(await offer(hub, '/elsewhere', ca)).toBe(404);
    expect(await offer(hub, '/api/v1/connect', ca, 'nonsense-nonsense')).toBe(401);
    expect(await offer(hub, '/api/v1/connect', ca)).toBe(101);
    expect(await offer(hub, '/api/v1/connect', ca)).toBe(503);
    let status = 101;
    for (let i = 0; i < 20 && status === 101; i++) status = await offer(hub, '/api/v1/stream', ca);
    expect(status).toBe(503);
  });

  it('answers a poll and streams events over it', async () => {
    const { hub, ca } = await startTlsHub();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    expect(await statusOf(hub, '/api/v1/stream?wait=20ms', ca, agent)).toBe(200);
    const headers = { authorization: `Bearer ${hub.token}`, accept: 'text/event-stream' };
    const sent = get(`${hub.url}/api/v1/stream`, { headers, ca });
    const [events] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
    const [text] = (await once(events, 'data')) as [Buffer];
    expect(text.toString()).toMatch(/^retry: \d+\nid: \d+\n\n/);
    await Promise.all([once(events.resume(), 'end'), hub.close()]);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('resumes sessions: %s', async (version) => {
    const { hub, ca } = await startTlsHub();
    const only = { ca, minVersion: version, maxVersion: version };
    const first = await handshake(hub, only);
    expect([first.getProtocol(), first.isSessionReused()]).toEqual([version, false]);
    const ticket = once(first, 'session');
    first.write('GET /healthz HTTP/1.1\r\nhost: hub\r\n\r\n');
    const [session] = version === 'TLSv1.2' ? [first.getSession()] : ((await ticket) as [Buffer]);
    first.end();
    if (session === undefined) throw new Error('no session');
    expect((await handshake(hub, { ...only, session })).isSessionReused()).toBe(true);
  });

  it('speaks no TLS older than 1.2', async () => {
    const { hub, ca } = await startTlsHub();
    const old = { ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(handshake(hub, old)).rejects.toThrow(/alert|version|protocol/i);
  });

  it('shows a renewed certificate within a minute, and keeps what is open', async () => {
    const warnings: string[] = [];
    const warn = (...words: unknown[]): void => void warnings.push(JSON.stringify(words));
    const logger = Object.create(silentLogger, { warn: { value: warn } }) as Logger;
    const timers = patientTimers(60_000);
    const { hub, files, ca } = await startTlsHub({}, timers, logger);
    const open = await handshake(hub, { ca });
    // Between the two writes of a renewal: a certificate without its key.
    await place(files.cert_file, selfSigned().cert);
    timers.pass();
    await waitFor(() => warnings.length > 0, { what: 'a warning' });
    expect(warnings[0]).toContain(files.key_file);
    expect(await statusOf(hub, '/healthz', ca)).toBe(200);
    const renewed = await renew(files);
    await waitFor(
      async () => {
        timers.pass();
        return await statusOf(hub, '/healthz', renewed).catch(() => null);
      },
      { what: 'the renewed certificate' },
    );
    await expect(statusOf(hub, '/healthz', ca)).rejects.toThrow(/certificate/);
    open.write('GET /healthz HTTP/1.1\r\nhost: hub\r\n\r\n');
    expect(String((await once(open, 'data'))[0])).toMatch(/^HTTP\/1.1 200/);
    expect(warnings).toHaveLength(1);
  });

  it('is not disturbed by what is no TLS', async () => {
    const { hub, ca } = await startTlsHub();
    for (const bytes of [
      'GET / HTTP/1.1\r\nhost: hub\r\n\r\n',
      '\u0016\u0003\u0001garbage',
      '\0'.repeat(9_999),
    ]) {
      const socket = connectPlain(hub.port, '127.0.0.1', () => socket.write(bytes));
      socket.on('error', () => undefined);
      await once(socket.resume(), 'close');
    }
    expect(await statusOf(hub, '/healthz', ca)).toBe(200);
  });

  it('does not start without files that it can use, and names the file', async () => {
    const folder = await temporaryFolder();
    const { cert_file, key_file } = await filesIn(folder);
    const files = { cert_file, key_file };
    const [none, text, other] = ['none.pem', 'text.pem', 'other.pem'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(text, 'certainly no certificate');
    await writeFile(other, selfSigned().key);
    const wrong: [Files, string][] = [
      [{ ...files, cert_file: none }, none],
      [{ ...files, key_file: none }, none],
      [{ ...files, key_file: folder }, folder],
      [{ ...files, cert_file: text }, text],
      [{ ...files, key_file: text }, text],
      [{ ...files, key_file: other }, other],
      [{ ...files, cert_file: files.key_file }, files.key_file],
    ];
    for (const [tls, file] of wrong) {
      await expect(startTestHub({ listen: { tls } })).rejects.toMatchObject({
        code: 'hub.bad_certificate',
        message: expect.stringContaining(file) as string,
      });
    }
  });
});
