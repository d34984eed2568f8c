import { Log } from '@weir/log';
import { waitFor } from '@weir/testing';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { opened, quarantine, sampleLog, writeAll } from '../test/influx-scene.js';
import { TEMPERATURE } from '../test/sample-log.js';

/** A server of our own making, for what the real ones do not do on demand. */
async function scripted(
  answer: (body: string, to: ServerResponse, from: IncomingMessage) => void,
): Promise<string> {
  const server = createServer((from, to) => {
    const chunks: Buffer[] = [];
    from.on('data', (chunk: Buffer) => chunks.push(chunk));
    from.on('end', () => {
      const body = Buffer.concat(chunks);
      answer((from.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString(), to, from);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function reply(to: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  to.writeHead(status, { 'content-type': 'application/json', ...headers });
  to.end(JSON.stringify(body));
}

describe('the InfluxDB sink', () => {
  it('sends org, bucket, precision and token as version 2 wants them', async () => {
    let asked: IncomingMessage | undefined;
    const url = await scripted((_, to, from) => {
      asked = from;
      to.writeHead(204).end();
    });
    const sample = await sampleLog();
    sample.fill(1);
    await writeAll(opened(url, `${sample.dir}-influx`, { bucket: 'a bucket/rp', token: 'secret' }), sample);
    expect(asked?.url).toBe('/api/v2/write?org=weir&bucket=a%20bucket%2Frp&precision=ns');
    expect(asked?.headers.authorization).toBe('Token secret');
  });

  it.each([
    ['influx.unauthorized', 401, { code: 'unauthorized', message: 'unauthorized access' }, {}],
    ['influx.unauthorized', 403, { message: 'insufficient permissions' }, {}],
    ['influx.not_found', 404, { message: 'bucket "weir" not found' }, {}],
    ['influx.unreachable', 503, { message: 'cache full' }, { 'retry-after': '7' }],
    ['influx.refused', 400, { message: 'the moon is wrong' }, {}],
  ])('waits on %s after %d, keeping its cursor', async (code, status, body, headers) => {
    const url = await scripted((_, to) => reply(to, status, body, headers));
    const sample = await sampleLog();
    sample.fill(5);
    const sink = opened(url, `${sample.dir}-influx`);
    const failure: unknown = await writeAll(sink, sample).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, retryable: true });
    if (status === 503) expect(failure).toMatchObject({ details: { retryAfterMs: 7_000 } });
    await sink.close();
    expect(await sink.open()).toBe(0);
    expect(sink.quarantined).toBe(0);
  });

  it('does not take the error page of something else for a refusal of lines', async () => {
    const url = await scripted((_, to) =>
      to.writeHead(400, { 'content-type': 'text/html' }).end('<h1>plain HTTP to HTTPS</h1>'),
    );
    const sample = await sampleLog();
    sample.fill(5);
    await expect(writeAll(opened(url, `${sample.dir}-influx`), sample)).rejects.toMatchObject({
      code: 'influx.refused',
      message: expect.stringContaining('plain HTTP to HTTPS') as string,
    });
  });

  it.each([
    [400, { error: 'partial write of line protocol occurred' }],
    [201, { error: 'partial write of line protocol occurred' }],
  ])('quarantines exactly what version 3 names in a %d', async (status, body) => {
    const stored = new Set<string>();
    const url = await scripted((text, to) => {
      const lines = text.split('\n');
      const bad = lines.flatMap((line, i) => (line.startsWith('open,') ? [i] : []));
      for (const line of lines) if (!line.startsWith('open,')) stored.add(line);
      if (bad.length === 0) return void to.writeHead(204).end();
      const data = bad.map((i) => ({
        line_number: i + 1,
        error_message: 'no doors here',
        original_line: lines[i],
      }));
      reply(to, status, { ...body, data });
    });
    const sample = await sampleLog();
    sample.fill(20);
    const dir = `${sample.dir}-influx`;
    const sink = opened(url, dir);
    await writeAll(sink, sample);
    expect(sink.quarantined).toBe(20);
    expect(stored.size).toBe(220);
    await sink.close();
    const refused = await quarantine(dir);
    expect(
      refused.every(({ channel, reason }) => channel === 'door/open' && reason === 'no doors here'),
    ).toBe(true);
  });

  it('quarantines a line once although its batch came twice', async () => {
    const url = await scripted((text, to) =>
      text.includes('door')
        ? reply(to, 422, { message: 'unable to parse: no doors' })
        : to.writeHead(204).end(),
    );
    const sample = await sampleLog();
    sample.fill(20);
    const dir = `${sample.dir}-influx`;
    const sink = opened(url, dir);
    const [batch] = await sample.batches();
    await sink.open();
    await sink.write({ ...batch!, next: 0 });
    expect(sink.quarantined).toBe(20);
    await sink.close();
    expect(await sink.open()).toBe(0);
    await sink.write(batch!);
    await sink.close();
    expect((await quarantine(dir)).length).toBe(20);
  });

  it('gives up a request that hangs, and its connection', async () => {
    const hanging = new Set<ServerResponse>();
    const url = await scripted((_, to) => {
      hanging.add(to);
      to.on('close', () => hanging.delete(to));
    });
    const sample = await sampleLog();
    sample.fill(1);
    const sink = opened(url, `${sample.dir}-influx`, { timeout: 50 });
    await expect(writeAll(sink, sample)).rejects.toMatchObject({ code: 'influx.unreachable' });
    await waitFor(() => hanging.size === 0);
  });

  it('takes over the quarantine of a thread that is gone', async () => {
    const sample = await sampleLog();
    const dir = `${sample.dir}-influx`;
    const abandoned = await Log.open(`${dir}/quarantine`);
    onTestFinished(() => abandoned.close());
    expect(await opened('http://127.0.0.1:9', dir).open()).toBe(0);
  });

  it('keeps its quarantine within its size', async () => {
    const url = await scripted((_, to) =>
      reply(to, 400, { error: `partial write: ${'x'.repeat(900)} dropped=1` }),
    );
    const sample = await sampleLog();
    for (let seq = 1; seq <= 2_000; seq++)
      sample.append({ seq, columns: [{ series: TEMPERATURE, times: [seq * 1_000], values: [seq] }] });
    const dir = `${sample.dir}-influx`;
    const sink = opened(url, dir, { quarantine: 2 ** 20, max_lines: 100 });
    await writeAll(sink, sample, 100);
    await sink.close();
    const log = await Log.open(`${dir}/quarantine`);
    expect(log.start).toBeGreaterThan(0);
    expect(log.end - log.start).toBeLessThan(1.3 * 2 ** 20);
    await log.close();
  });
});
