import { createServer, type RequestListener } from 'node:http';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { testHub } from '../hub.testing.js';
import { checkHub, remoteHub } from './remote-hub.js';

const { signal } = new AbortController();

async function tokenFile(token: string): Promise<string> {
  const file = join(await temporaryFolder(), 'token');
  await writeFile(file, `${token}\n`);
  return file;
}

async function check(address: string, token: string): Promise<void> {
  await checkHub(await remoteHub(address, await tokenFile(token), null), signal);
}

async function serverThat(answers: RequestListener): Promise<string> {
  const server = createServer(answers).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const TOKEN = 'x'.repeat(40);

describe('the address of a hub', () => {
  it.each([
    ['wss://hub.example.org', { host: 'hub.example.org', port: 443, tls: true }],
    ['ws://hub.local:8087/', { host: 'hub.local', port: 8087, tls: false }],
    ['https://[::1]:8443', { host: '::1', port: 8443, tls: true }],
    ['http://10.0.0.1', { host: '10.0.0.1', port: 80, tls: false }],
  ])('is taken apart: %s', async (address, expected) => {
    expect(await remoteHub(address, await tokenFile(TOKEN), null)).toEqual({
      ...expected,
      ...{ token: TOKEN, caFile: null },
    });
  });

  it.each(['hub.local', 'ftp://hub.local', 'ws://hub.local/below/a/path', 'ws://hub.local?x=1'])(
    'is refused by name: %s',
    async (address) => {
      const refused = remoteHub(address, await tokenFile(TOKEN), null);
      await expect(refused).rejects.toMatchObject({
        code: 'bench.bad_hub',
        message: expect.stringContaining(address) as string,
      });
    },
  );

  it('goes with a file that has one token', async () => {
    await expect(remoteHub('ws://h', '/no/such/file', null)).rejects.toThrow(/--token-file: ENOENT/);
    await expect(remoteHub('ws://h', await tokenFile('two tokens'), null)).rejects.toThrow(
      /does not hold one token/,
    );
  });
});

describe('the check of a hub', () => {
  it('passes one that has everything, and leaves nothing there', async () => {
    const hub = await testHub();
    await check(hub.url, hub.token);
    expect(hub.stats().ingest).toMatchObject({ readings: 0 });
  });

  it('says that the token is wrong, or may not', async () => {
    const reader = 'r'.repeat(40);
    const hub = await testHub({ tokens: [{ name: 'page', role: 'read', token: reader }] });
    await expect(check(hub.url, TOKEN)).rejects.toThrow(/does not know the token in --token-file/);
    await expect(check(hub.url, reader)).rejects.toThrow(/may not send readings/);
  });

  it('says that nobody is there, or somebody else', async () => {
    await expect(check('http://127.0.0.1:1', TOKEN)).rejects.toThrow(/cannot be reached: .*ECONNREFUSED/);
    const other = await serverThat((_request, response) => void response.writeHead(404).end('nginx'));
    await expect(check(other, TOKEN)).rejects.toThrow(/is no hub: it answered 404 nginx/);
    const moved = await serverThat((_request, response) => void response.writeHead(308).end());
    await expect(check(moved, TOKEN)).rejects.toThrow(/redirects \(308\)/);
  });

  it('says that the hub is too old', async () => {
    const old = await serverThat((request, response) => {
      response
        .writeHead(request.method === 'POST' ? 200 : 404, { 'content-type': 'application/json' })
        .end('{}');
    });
    await expect(check(old, TOKEN)).rejects.toThrow(/has no stream over HTTP \(it answered 404\)/);
  });
});
