/** `POST /api/v1/readings` with every kind of body that nobody should send. */
import { encodeFrame, type Frame } from '@weir/protocol';
import { Encoder } from 'cbor-x';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EPOCH } from '../hub.testing.js';
import { expectAnswer, startFuzzedHub, type FuzzedHub } from './fuzzed-hub.testing.js';
import { mutated, nasty, nastyNumber, nastyScalar, nastyText } from './nasty.testing.js';

const SENML = 'application/senml+json';
const SENML_CBOR = 'application/senml+cbor';
const FRAMES = 'application/cbor-seq';
/** Requests in flight at a time, and how many times. */
const TOGETHER = 8;
const RUNS = 30;
/** For one body of the longest that is taken; a second is more than it needs. */
const CPU_S_MAX = 20;

const cbor = new Encoder({ useRecords: false, variableMapSize: true, tagUint8Array: false });

async function post(hub: FuzzedHub, type: string, body: Uint8Array): Promise<number> {
  const headers = { authorization: `Bearer ${hub.token}`, 'content-type': type };
  const signal = AbortSignal.timeout(30_000);
  const answer = await fetch(`${hub.url}/api/v1/readings`, { method: 'POST', headers, body, signal });
  const text = await answer.text();
  expectAnswer(answer.status, text);
  if (answer.status === 200) expect(JSON.parse(text)).toMatchObject({ stored: expect.any(Number) as number });
  return answer.status;
}

/** Sends what is made, some at a time, and expects the hub to be sound after it. */
async function attack(type: string, bodies: fc.Arbitrary<Uint8Array>): Promise<void> {
  const hub = await startFuzzedHub();
  const several = fc.array(bodies, { minLength: TOGETHER, maxLength: TOGETHER });
  await fc.assert(
    fc.asyncProperty(several, async (all) => {
      await Promise.all(all.map((body) => post(hub, type, body)));
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  await hub.sound();
}

const JSON_NAMES = [
  'bn',
  'bt',
  'bu',
  'bv',
  'bs',
  'bver',
  'n',
  'u',
  'v',
  'vs',
  'vb',
  'vd',
  's',
  't',
  'ut',
  'x_',
  '__proto__',
];
const CBOR_NAMES = [-1, -2, -3, -4, -5, -6, 0, 1, 2, 3, 4, 5, 6, 7, 8, 99];

/** Records that are almost right: a name and a value that fit, and something that does not. */
const recordWith = <K extends string | number>(
  name: K,
  value: K,
  time: K,
  keys: readonly K[],
  strange: fc.Arbitrary<unknown>,
): fc.Arbitrary<[K, unknown][]> =>
  fc
    .tuple(
      fc.constantFrom('pi-1/a', 'pi-1/b', 'pi-2/a'),
      fc.oneof(nastyNumber, strange),
      fc.option(nastyNumber),
      fc.array(fc.tuple(fc.constantFrom(...keys), strange), { maxLength: 2 }),
    )
    .map(([n, v, t, more]) => [
      [name, n],
      [value, v],
      ...(t === null ? [] : [[time, t] as [K, unknown]]),
      ...more,
    ]);

const jsonPack = fc
  .array(recordWith('n', 'v', 't', JSON_NAMES, nasty), { maxLength: 5 })
  .map((records) => Buffer.from(JSON.stringify(records.map((entries) => Object.fromEntries(entries)))));

const cborPack = fc
  .array(recordWith(0, 2, 6, CBOR_NAMES, fc.oneof(nasty, fc.constantFrom(NaN, Infinity, -Infinity))), {
    maxLength: 5,
  })
  .map((records) => new Uint8Array(cbor.encode(records.map((entries) => new Map(entries)))));

const hello: Frame = {
  type: 'hello',
  version: 1,
  device: 'http-1',
  agent: 'fuzz/1',
  monotonicUs: 60e6,
  epochs: [{ epoch: EPOCH, held: [1, 100], anchor: null, deviceUtcUs: null }],
};
const describeFrame: Frame = {
  type: 'describe',
  epoch: EPOCH,
  seq: 1,
  channels: [{ index: 0, name: 't', type: 'number', unit: 'Cel', intervalMs: null }],
};
const readingsFrame: Frame = {
  type: 'readings',
  epoch: EPOCH,
  seq: 2,
  columns: [{ channel: 0, times: [58e6, 59e6, 59.5e6], values: [21.5, 21.57, -1e300] }],
};
const gapFrame: Frame = { type: 'gap', epoch: EPOCH, seq: 3, lostEpoch: EPOCH, lost: [4, 9], reason: 1 };
const VALID = [hello, describeFrame].map(encodeFrame);
/** The same as items, to be changed. */
const ITEMS = [hello, describeFrame, readingsFrame, gapFrame].map((frame): unknown =>
  cbor.decode(encodeFrame(frame)),
);

/** Frames of the wire with one or two of their elements replaced, at any depth. */
const frameLike: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.constantFrom(...ITEMS),
    fc.array(fc.tuple(fc.nat(40), fc.oneof(nastyScalar, fc.constantFrom(NaN, Infinity), nastyText)), {
      maxLength: 2,
    }),
  )
  .map(([frame, changes]) =>
    changes.reduce<unknown>((result, [place, value]) => replaced(result, { left: place }, value), frame),
  )
  .map((frame) => new Uint8Array(cbor.encode(frame)));

function replaced(item: unknown, at: { left: number }, value: unknown): unknown {
  if (at.left-- === 0) return value;
  return Array.isArray(item) ? item.map((each) => replaced(each, at, value)) : item;
}

const frameBody = fc
  .tuple(fc.boolean(), fc.array(frameLike, { minLength: 1, maxLength: 4 }))
  .map(([headed, frames]) => Buffer.concat([...(headed ? VALID : []), ...frames]));

describe('bodies', () => {
  it.each([
    ['SenML JSON of strange values', SENML, jsonPack],
    ['SenML JSON with bytes changed', SENML, mutated(jsonPack)],
    ['SenML CBOR of strange values', SENML_CBOR, cborPack],
    ['SenML CBOR with bytes changed', SENML_CBOR, mutated(cborPack)],
    ['frames of strange values', FRAMES, frameBody],
    ['frames with bytes changed', FRAMES, mutated(frameBody)],
    ['random bytes for JSON', SENML, fc.uint8Array({ maxLength: 300 })],
    ['random bytes for CBOR', SENML_CBOR, fc.uint8Array({ maxLength: 300 })],
    ['random bytes for frames', FRAMES, fc.uint8Array({ maxLength: 300 })],
  ])(
    'that are %s: an answer to each, nothing else disturbed',
    { timeout: 180_000 },
    async (_what, type, bodies) => {
      await attack(type, bodies);
    },
  );

  const MIB = 2 ** 20;
  const heavy: [string, string, Buffer][] = [
    ['an array that claims 2^32 records', SENML_CBOR, Buffer.from('9affffffff', 'hex')],
    ['an array that claims 2^53 records', SENML_CBOR, Buffer.from('9b001fffffffffffff', 'hex')],
    ['a text that claims 2^64 bytes', SENML_CBOR, Buffer.from('817bffffffffffffffff', 'hex')],
    ['a map in a map, four million deep', SENML_CBOR, Buffer.alloc(4 * MIB, 0xa1)],
    ['an array in an array, four million deep', SENML_CBOR, Buffer.alloc(4 * MIB, 0x9f)],
    ['tags upon tags', SENML_CBOR, Buffer.alloc(4 * MIB, 0xc4)],
    ['a JSON array in an array, two million deep', SENML, Buffer.alloc(2 * MIB, '[')],
    ['JSON objects, a million deep', SENML, Buffer.from('{"a":'.repeat(MIB))],
    ['two million empty records', SENML, Buffer.from(`[${'{},'.repeat(2 * MIB)}{}]`)],
    ['a million records, none of them right', SENML, Buffer.from(`[${'{"v":1},'.repeat(MIB - 1)}{}]`)],
    ['one number of a million digits', SENML, Buffer.from(`[{"n":"pi-1/a","v":${'9'.repeat(MIB)}}]`)],
    ['one name of a million characters', SENML, Buffer.from(`[{"n":"${'n'.repeat(MIB)}","v":1}]`)],
    ['eight million frames of one byte', FRAMES, Buffer.alloc(8 * MIB - 1, 0x80)],
    [
      'a hello and a million empty arrays',
      FRAMES,
      Buffer.concat([encodeFrame(hello), Buffer.alloc(MIB, 0x80)]),
    ],
    ['a hello and deep nesting', FRAMES, Buffer.concat([encodeFrame(hello), Buffer.alloc(MIB, 0x81)])],
  ];
  it(
    'that claim or hold more than any reader wants are answered in bounded time',
    { timeout: 180_000 },
    async () => {
      const hub = await startFuzzedHub();
      for (const [what, type, body] of heavy) {
        const before = process.cpuUsage();
        await post(hub, type, body);
        const { user, system } = process.cpuUsage(before);
        expect((user + system) / 1e6, what).toBeLessThan(CPU_S_MAX);
        await hub.sound();
      }
    },
  );
});
