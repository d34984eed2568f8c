import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { freePort, temporaryFolder } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { testHub } from './e2e/hub.testing.js';
import { hubApi } from './hub-options.js';

const stats = z.object({ log: z.object({ end: z.number() }) });

async function homeWithToken(token: string): Promise<NodeJS.ProcessEnv> {
  const home = await temporaryFolder();
  await mkdir(join(home, 'weir', 'hub'), { recursive: true });
  await writeFile(join(home, 'weir', 'hub', 'token'), `${token}\n`);
  return { XDG_DATA_HOME: home };
}

/** A server that notes the tokens it is shown and answers with what it is told. */
async function listener(answer: string): Promise<{ url: string; tokens: (string | undefined)[] }> {
  const tokens: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    tokens.push(request.headers.authorization);
    response.end(answer);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${port}`, tokens };
}

describe('the way to a running hub', () => {
  it('takes the token given, that of a file, or that of the hub on this machine', async () => {
    const { url, tokens } = await listener('{}');
    const env = await homeWithToken('from-home');
    const file = join(env.XDG_DATA_HOME ?? '', 'weir', 'hub', 'token');
    const empty = { XDG_DATA_HOME: await temporaryFolder() };
    await (await hubApi({ hub: url, token: 'given' }, env)).get('/', z.object({}));
    await (await hubApi({ hub: url, tokenFile: file }, empty)).get('/', z.object({}));
    await (await hubApi({ hub: url }, env)).get('/', z.object({}));
    expect(tokens).toEqual(['Bearer given', 'Bearer from-home', 'Bearer from-home']);
  });

  it('shows the token of this machine to no other machine', async () => {
    const env = await homeWithToken('from-home');
    for (const hub of ['http://hub.example:8087', 'https://10.0.0.7', 'http://127.0.0.1.example'])
      await expect(hubApi({ hub }, env)).rejects.toMatchObject({ code: 'config.missing' });
  });

  it.each(['127.0.0.1:8087', 'ws://127.0.0.1', 'nonsense'])('refuses the address %s', async (hub) => {
    await expect(hubApi({ hub, token: 't' })).rejects.toMatchObject({ code: 'config.invalid' });
  });

  it('says which token file is not there', async () => {
    const tokenFile = join(await temporaryFolder(), 'none');
    await expect(hubApi({ hub: 'http://127.0.0.1', tokenFile })).rejects.toThrow(tokenFile);
  });

  it('quotes the hub, and says when none is there', async () => {
    const { hub } = await testHub({ vitals: { interval: 0 } });
    const api = await hubApi({ hub: hub.url, token: hub.token });
    expect(await api.get('/api/v1/stats', stats)).toMatchObject({ log: { end: 0 } });
    await expect(api.get('/api/v1/channels', stats, { device: 'x' })).rejects.toThrow(
      /no device "x" \(hub.not_found\)/,
    );
    const wrong = await hubApi({ hub: hub.url, token: 'wrong' });
    await expect(wrong.get('/api/v1/stats', stats)).rejects.toMatchObject({ code: 'client.hub_refused' });
    const absent = await hubApi({ hub: `http://127.0.0.1:${await freePort()}`, token: 't' });
    await expect(absent.get('/', stats)).rejects.toMatchObject({ code: 'client.hub_unreachable' });
    const other = await hubApi({ hub: (await listener('<html>')).url, token: 't' });
    await expect(other.get('/', stats)).rejects.toThrow(/is it a hub/);
  });
});
