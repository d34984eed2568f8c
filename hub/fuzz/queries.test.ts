/** Every endpoint that the OpenAPI document names, and the streams, with parameters that nobody should give. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { request } from '../hub.testing.js';
import { expectAnswer, startFuzzedHub, type FuzzedHub } from './fuzzed-hub.testing.js';
import { nastyText } from './nasty.testing.js';

const TOGETHER = 8;
const RUNS = 120;

interface Parameter {
  readonly name: string;
  readonly in: string;
}
interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
}

async function operationsOf(hub: FuzzedHub): Promise<Operation[]> {
  const { body } = await request(hub, '/api/docs/json');
  const paths = body.paths as Record<string, Record<string, { parameters?: Parameter[] }>>;
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { parameters = [] }]) => ({ method, path, parameters })),
  );
}

/** Often what the parameter takes, so that the others are looked at too. */
const likely: Readonly<Record<string, readonly string[]>> = {
  device: ['witness'],
  channel: ['boiler/temperature'],
  from: ['-1h', '0', 'start', '2026-01-01T00:00:00Z'],
  to: ['now'],
  step: ['1s', '1us', '999999d', '0.5ms'],
  aggregate: ['mean', 'last', 'count'],
  limit: ['1', '0', '1e3', '10000'],
  order: ['desc'],
  wait: ['1ms'],
};
const valueOf = (name: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: likely[name] === undefined ? 0 : 2, arbitrary: fc.constantFrom(...(likely[name] ?? [''])) },
    { weight: 1, arbitrary: nastyText },
  );

/** Not `encodeURIComponent`, which refuses lone surrogates: those go as the bytes that a careless client would send. */
const encoded = (text: string): string =>
  [...Buffer.from(text, 'utf8')].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

function targets({ path, parameters }: Operation): fc.Arbitrary<string> {
  const query = parameters.filter((each) => each.in === 'query').map(({ name }) => name);
  const names = query.length === 0 ? ['device'] : [...query, 'x'];
  const pairs = fc.array(
    fc.constantFrom(...names).chain((name) => valueOf(name).map((value) => `${name}=${encoded(value)}`)),
    { maxLength: names.length },
  );
  const all = fc.tuple(...query.map((name) => valueOf(name).map((value) => `${name}=${encoded(value)}`)));
  const place = fc.oneof(fc.constantFrom('witness'), nastyText).map((text) => encoded(text));
  return fc
    .tuple(fc.oneof(pairs, all), place)
    .map(([given, part]) => `${path.replace(/\{[^}]+\}/g, part)}?${given.join('&')}`);
}

async function ask(hub: FuzzedHub, method: string, target: string): Promise<void> {
  const headers = { authorization: `Bearer ${hub.token}`, 'content-type': 'application/json' };
  const body = method === 'get' || method === 'delete' ? null : '{"name":"ping"}';
  const signal = AbortSignal.timeout(30_000);
  const answer = await fetch(hub.url + target, { method: method.toUpperCase(), headers, body, signal });
  expectAnswer(answer.status, await answer.text());
}

describe('parameters', () => {
  it('of every endpoint: an answer to each, nothing else disturbed', { timeout: 180_000 }, async () => {
    const hub = await startFuzzedHub({ session: { command_timeout: '50ms' } });
    const operations = await operationsOf(hub);
    expect(operations.length).toBeGreaterThan(8);
    const one = fc
      .constantFrom(...operations)
      .chain((each) => targets(each).map((target) => [each.method, target] as const));
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: TOGETHER, maxLength: TOGETHER }), async (all) => {
        await Promise.all(all.map(([method, target]) => ask(hub, method, target)));
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    await hub.sound();
  });

  it.each(['nobody/commands', 'witness/replies'])(
    'of %s: an answer to each',
    { timeout: 60_000 },
    async (path) => {
      const hub = await startFuzzedHub();
      const body = fc.oneof(
        fc.json(),
        nastyText,
        fc.constantFrom('{"name":"set","channel":"a","value":1e999}', '[{"id":"1-1","ok":true},{}]'),
        fc.tuple(nastyText, nastyText).map(([id, message]) => JSON.stringify({ id, ok: true, message })),
      );
      await fc.assert(
        fc.asyncProperty(body, async (text) => {
          const headers = { authorization: `Bearer ${hub.token}`, 'content-type': 'application/json' };
          const url = `${hub.url}/api/v1/devices/${path}`;
          const answer = await fetch(url, { method: 'POST', headers, body: text });
          expectAnswer(answer.status, await answer.text());
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
      await hub.sound();
    },
  );

  it('of a subscription: served or refused, nothing else disturbed', { timeout: 60_000 }, async () => {
    const hub = await startFuzzedHub();
    const stream: Operation = {
      method: 'get',
      path: '/api/v1/stream',
      parameters: ['from', 'device', 'channel', 'name'].map((name) => ({ name, in: 'query' })),
    };
    await fc.assert(
      fc.asyncProperty(targets(stream), async (target) => {
        expect([101, 400]).toContain(await subscribed(hub, target));
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    await hub.sound();
  });
});

/** The status of an upgrade. */
function subscribed(hub: FuzzedHub, target: string): Promise<number> {
  const headers = { authorization: `Bearer ${hub.token}` };
  const socket = new WebSocket(hub.url.replace('http', 'ws') + target, ['weir.stream.v1'], { headers });
  return new Promise((resolve, reject) => {
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (_request, response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', reject);
  });
}
