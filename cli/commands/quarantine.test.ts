/** The quarantine from end to end: an InfluxDB that refuses, `weir quarantine`, and what the server then holds. */
import { createServer } from 'node:http';
import { freePort, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { testHub, type TestHub } from '../e2e/hub.testing.js';
import { lastLine, weir } from '../weir-process.testing.js';

/** Takes lines as InfluxDB 2 does; refuses those that match with a type conflict. */
async function influx() {
  const server = {
    ...{ url: '', lines: new Set<string>(), refuse: /^flow/ as RegExp | null },
    close: (): void => undefined,
  };
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const lines = Buffer.concat(chunks).toString().trim().split('\n');
      const bad = lines.filter((line) => server.refuse?.test(line) === true);
      for (const line of lines) if (!bad.includes(line)) server.lines.add(line);
      if (bad.length === 0) return response.writeHead(204).end();
      const message = `partial write: field type conflict: input field "value" is type float dropped=${bad.length}`;
      return response.writeHead(422, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => void http.close());
  server.close = () => {
    http.close();
    http.closeAllConnections();
  };
  server.url = `http://127.0.0.1:${port}`;
  return server;
}

async function hubWith(url: string): Promise<TestHub & { at: string[] }> {
  const stores = { duckdb: { enabled: false }, influx: { url, gzip: false, max_delay: 1 } };
  const hub = await testHub({ stores, vitals: { interval: 0 } });
  return { ...hub, at: ['--hub', hub.hub.url, '--token', hub.hub.token] };
}

async function post({ hub }: TestHub, device: string, channel: string, values: number): Promise<void> {
  const headers = { authorization: `Bearer ${hub.token}`, 'content-type': 'application/senml+json' };
  const nowS = Math.floor(Date.now() / 1e3);
  const body = JSON.stringify(
    Array.from({ length: values }, (_, i) => ({ n: `${device}/${channel}`, t: nowS - i, v: i })),
  );
  expect((await fetch(`${hub.url}/api/v1/readings`, { method: 'POST', headers, body })).status).toBe(200);
}

describe('weir quarantine', () => {
  it('lists what was refused, retries it when the server was mended, and explains it', async () => {
    const server = await influx();
    const hub = await hubWith(server.url);
    await post(hub, 'pi-1', 'flow', 3);
    await post(hub, 'pi-1', 'level', 2);
    await post(hub, 'pi-2', 'flow', 1);
    await hub.stored();
    const list = await weir(['quarantine', 'list', ...hub.at]).finished;
    expect(list).toMatchObject({ code: 0, stderr: '' });
    expect(list.stdout).toMatch(
      /^4 readings in the quarantine of influx\n\npi-1 flow: 3 readings, refused .*\n {2}422 partial write: field type conflict.*\n {2}flow,channel=flow,device=pi-1 value=2/,
    );
    const why = await weir(['explain', 'pi-1', ...hub.at]).finished;
    expect(why.code).toBe(3);
    expect(why.stdout).toMatch(/store\.quarantine[^]*influx refused 3 readings/);

    const refused = await weir(['quarantine', 'retry', '--json', ...hub.at]).finished;
    expect(refused.code).toBe(3);
    expect(lastLine(refused.stdout)).toEqual({ tried: 4, stored: 0, refused: 4, left: 4 });
    server.refuse = null;
    const mended = await weir(['quarantine', 'retry', ...hub.at]).finished;
    expect(mended).toMatchObject({
      code: 0,
      stdout: 'tried 4: 4 stored, 0 refused again; 0 in quarantine\n',
    });
    expect(server.lines.size).toBe(6);
    await waitFor(async () => JSON.stringify(await hub.get('/api/v1/stats')).includes('"quarantined":0'));
    expect((await weir(['explain', 'pi-1', ...hub.at]).finished).code).toBe(0);
  });

  it('drops a selection, and all of it only when that is said', async () => {
    const server = await influx();
    const hub = await hubWith(server.url);
    await post(hub, 'pi-1', 'flow', 2);
    await post(hub, 'pi-2', 'flow', 2);
    await hub.stored();
    const unsure = await weir(['quarantine', 'drop', ...hub.at]).finished;
    expect(unsure.code).toBe(2);
    expect(unsure.stderr).toContain('--yes');
    const one = await weir(['quarantine', 'drop', '--device', 'pi-1', ...hub.at]).finished;
    expect(one.stdout).toBe('dropped 2; 2 in quarantine\n');
    const all = await weir(['quarantine', 'drop', '--yes', '--json', ...hub.at]).finished;
    expect(lastLine(all.stdout)).toEqual({ dropped: 2, left: 0 });
    expect(server.lines.size).toBe(0);
  });

  it('can be looked at while the server is down, and says so when it is tried', async () => {
    const server = await influx();
    const hub = await hubWith(server.url);
    await post(hub, 'pi-1', 'flow', 2);
    await hub.stored();
    server.close();
    await post(hub, 'pi-1', 'level', 1);
    await waitFor(async () => JSON.stringify(await hub.get('/api/v1/stats')).includes('influx.unreachable'));
    const list = await weir(['quarantine', 'list', '--json', ...hub.at]).finished;
    expect(lastLine(list.stdout)).toMatchObject({
      count: 2,
      entries: [{ device: 'pi-1' }, { device: 'pi-1' }],
    });
    const retry = await weir(['quarantine', 'retry', ...hub.at]).finished;
    expect(retry).toMatchObject({ code: 1, stdout: '' });
    expect(retry.stderr).toContain('influx.unreachable');
  });

  it('says that there is none where no store refuses', async () => {
    const { hub } = await testHub({ stores: { duckdb: { enabled: false } }, vitals: { interval: 0 } });
    const none = await weir(['quarantine', 'list', '--hub', hub.url, '--token', hub.token]).finished;
    expect(none.code).toBe(1);
    expect(none.stderr).toMatch(/InfluxDB is not set up .*hub\.not_found/);
  });
});
