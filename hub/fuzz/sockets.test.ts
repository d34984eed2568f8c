/** Bytes that break HTTP (RFC 9110, 9112) and WebSocket (RFC 6455), on real sockets. */
import { encodeFrame, LIMITS, type Frame } from '@weir/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EPOCH } from '../hub.testing.js';
import { startFuzzedHub, upgradeRequest, type FuzzedHub } from './fuzzed-hub.testing.js';
import { mutated } from './nasty.testing.js';
import { RawSocket } from './raw-socket.testing.js';

const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

interface FrameShape {
  readonly opcode: number;
  readonly payload?: Uint8Array;
  readonly fin?: boolean;
  /** RSV1 to RSV3, which nobody has agreed upon (section 5.2). */
  readonly rsv?: number;
  readonly masked?: boolean;
  /** What the header claims, where it is not the truth. */
  readonly claims?: bigint;
}

/** A frame as section 5.2 draws it; the mask is zero, which is a mask. */
function webSocketFrame(shape: FrameShape): Buffer {
  const { opcode, payload = Buffer.alloc(0), fin = true, rsv = 0, masked = true, claims } = shape;
  const length = claims ?? BigInt(payload.length);
  const header = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const mask = masked ? 0x80 : 0;
  if (length < 126n) header.push(mask | Number(length));
  else
    header.push(
      mask | 127,
      ...Array.from({ length: 8 }, (_, i) => Number((length >> BigInt(56 - 8 * i)) & 255n)),
    );
  return Buffer.concat([Buffer.from(header), Buffer.alloc(masked ? 4 : 0), payload]);
}

const hello = (device: string): Frame => ({
  type: 'hello',
  version: 1,
  device,
  agent: 'fuzz/1',
  monotonicUs: 5e6,
  epochs: [{ epoch: EPOCH, held: [1, 100], anchor: null, deviceUtcUs: null }],
});
const binary = (payload: Uint8Array): Buffer => webSocketFrame({ opcode: Opcode.binary, payload });
const HELLO = encodeFrame(hello('raw'));

async function greeted(hub: FuzzedHub): Promise<RawSocket> {
  const raw = await RawSocket.upgraded(hub);
  raw.write(binary(HELLO));
  await raw.says(/^\x82/);
  return raw;
}

/** The close code that the hub gave; null when it just ended the connection. */
async function closeCode(raw: RawSocket): Promise<number | null> {
  await raw.ends();
  const bytes = raw.received;
  const at = bytes.lastIndexOf(0x88);
  return at < 0 || at + 4 > bytes.length ? null : bytes.readUInt16BE(at + 2);
}

describe('WebSocket frames', () => {
  const half = HELLO.length >> 1;
  const fine: [string, Uint8Array[]][] = [
    [
      'cut in two by fragmentation, with a ping between',
      [
        webSocketFrame({ opcode: Opcode.binary, payload: HELLO.subarray(0, half), fin: false }),
        webSocketFrame({ opcode: Opcode.ping, payload: Buffer.from('?') }),
        webSocketFrame({ opcode: Opcode.continuation, payload: HELLO.subarray(half) }),
      ],
    ],
    [
      'in fragments of no bytes, a thousand of them',
      [
        webSocketFrame({ opcode: Opcode.binary, payload: HELLO, fin: false }),
        ...Array.from({ length: 1_000 }, () => webSocketFrame({ opcode: Opcode.continuation, fin: false })),
        webSocketFrame({ opcode: Opcode.continuation }),
      ],
    ],
    ['a byte at a time', [...binary(HELLO)].map((byte) => Buffer.from([byte]))],
  ];
  it.each(fine)('%s are a message like any other', async (_what, parts) => {
    const hub = await startFuzzedHub();
    const raw = await RawSocket.upgraded(hub);
    for (const part of parts) raw.write(part);
    await raw.says(/\x82/);
    await hub.sound();
  });

  const over = BigInt(2 * LIMITS.frameBytes + 1);
  const wrong: [string, Buffer, number][] = [
    ['with a reserved bit', webSocketFrame({ opcode: Opcode.binary, rsv: 4 }), 1002],
    ['with all reserved bits', webSocketFrame({ opcode: Opcode.binary, rsv: 7 }), 1002],
    ['of a reserved kind', webSocketFrame({ opcode: 3 }), 1002],
    ['of a reserved control kind', webSocketFrame({ opcode: 15 }), 1002],
    ['without a mask', webSocketFrame({ opcode: Opcode.binary, masked: false }), 1002],
    ['that continue nothing', webSocketFrame({ opcode: Opcode.continuation }), 1002],
    [
      'that begin a message in another',
      Buffer.concat([webSocketFrame({ opcode: Opcode.binary, fin: false }), binary(HELLO)]),
      1002,
    ],
    ['of control that are fragmented', webSocketFrame({ opcode: Opcode.ping, fin: false }), 1002],
    [
      'of control that are too long',
      webSocketFrame({ opcode: Opcode.ping, payload: Buffer.alloc(126) }),
      1002,
    ],
    ['that claim 2^63 bytes', webSocketFrame({ opcode: Opcode.binary, claims: 2n ** 63n }), 1009],
    ['that claim 2^53 bytes', webSocketFrame({ opcode: Opcode.binary, claims: 2n ** 53n }), 1009],
    [
      'that claim more than a message may have',
      webSocketFrame({ opcode: Opcode.binary, claims: over }),
      1009,
    ],
    ['of text that is no UTF-8', webSocketFrame({ opcode: Opcode.text, payload: Buffer.from([0xc0]) }), 1007],
    [
      'that close with half a code',
      webSocketFrame({ opcode: Opcode.close, payload: Buffer.from([3]) }),
      1002,
    ],
    [
      'that close with a code that nobody may send',
      webSocketFrame({ opcode: Opcode.close, payload: Buffer.from([0x03, 0xee]) }),
      1002,
    ],
  ];
  it('that break a rule end their own connection alone', { timeout: 60_000 }, async () => {
    const hub = await startFuzzedHub();
    for (const [what, bytes, code] of wrong) {
      const raw = await greeted(hub);
      raw.write(bytes);
      expect(await closeCode(raw), what).toBe(code);
      await hub.sound();
    }
  });

  it('that make a message of endless fragments end it at the limit', { timeout: 60_000 }, async () => {
    const hub = await startFuzzedHub();
    const raw = await greeted(hub);
    const payload = Buffer.alloc(64 * 1024);
    raw.write(webSocketFrame({ opcode: Opcode.binary, payload, fin: false }));
    while (!raw.ended) {
      raw.write(webSocketFrame({ opcode: Opcode.continuation, payload, fin: false }));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(await closeCode(raw)).toBe(1009);
    await hub.sound();
  });

  it('of any kind and content never hurt anybody else', { timeout: 180_000 }, async () => {
    const hub = await startFuzzedHub();
    const any = fc
      .record({
        opcode: fc.integer({ min: 0, max: 15 }),
        payload: fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.constant(HELLO), mutated(fc.constant(HELLO))),
        fin: fc.boolean(),
        rsv: fc.constantFrom(0, 0, 0, 1, 4),
        masked: fc.constantFrom(true, true, true, false),
      })
      .map(webSocketFrame);
    const stream = fc
      .array(fc.oneof(any, mutated(any), fc.uint8Array({ maxLength: 60 })), { minLength: 1, maxLength: 12 })
      .map((parts) => Buffer.concat(parts));
    await fc.assert(
      fc.asyncProperty(
        fc.array(stream, { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        async (streams, polite) => {
          await Promise.all(
            streams.map(async (bytes) => {
              const raw = polite ? await greeted(hub) : await RawSocket.upgraded(hub);
              raw.write(bytes);
              await new Promise((resolve) => setTimeout(resolve, 2));
              raw.socket.destroy();
            }),
          );
        },
      ),
      { numRuns: 80, endOnFailure: true },
    );
    await hub.sound();
  });
});

/** A request up to its empty line. */
const head = (hub: FuzzedHub, ...lines: string[]): string =>
  [
    'POST /api/v1/readings HTTP/1.1',
    'Host: hub',
    `Authorization: Bearer ${hub.token}`,
    ...lines,
    '\r\n',
  ].join('\r\n');
const SENML = 'Content-Type: application/senml+json';

describe('HTTP', () => {
  const requests: [string, (hub: FuzzedHub) => string, RegExp][] = [
    ['a length that is no number', (hub) => head(hub, SENML, 'Content-Length: many') + '[]', / 400 /],
    ['a negative length', (hub) => head(hub, SENML, 'Content-Length: -1') + '[]', / 400 /],
    ['two lengths', (hub) => head(hub, SENML, 'Content-Length: 2', 'Content-Length: 3') + '[]', / 400 /],
    ['a length beyond every limit', (hub) => head(hub, SENML, `Content-Length: ${2 ** 52}`) + '[]', / 413 /],
    [
      'a length and chunks, as request smugglers send',
      (hub) => head(hub, SENML, 'Content-Length: 2', 'Transfer-Encoding: chunked') + '0\r\n\r\n',
      / 400 /,
    ],
    [
      'chunks of a length that is none',
      (hub) => head(hub, SENML, 'Transfer-Encoding: chunked') + 'zz\r\n[]',
      / 400 /,
    ],
    [
      'a chunk that claims more than there may be',
      (hub) => head(hub, SENML, 'Transfer-Encoding: chunked') + `${'f'.repeat(17)}\r\n[]`,
      / 400 /,
    ],
    [
      'chunks, which is in order',
      (hub) => head(hub, SENML, 'Transfer-Encoding: chunked') + '2\r\n[]\r\n0\r\n\r\n',
      / 200 /,
    ],
    [
      'a compressed body, which is not spoken',
      (hub) => head(hub, SENML, 'Content-Encoding: gzip', 'Content-Length: 4') + '\x1f\x8b\x08\x00',
      / 4\d\d /,
    ],
    ['headers without end', (hub) => head(hub, `X: ${'x'.repeat(1 << 20)}`), / 431 /],
    ['a million headers', (hub) => head(hub, 'X: y\r\n'.repeat(1 << 18)), / 431 /],
    ['an address without end', () => `GET /${'a'.repeat(1 << 20)} HTTP/1.1\r\n\r\n`, / 4\d\d /],
    ['an address of bytes', () => 'GET /\xff\xfe%zz?%=%00 HTTP/1.1\r\nHost: hub\r\n\r\n', / 4\d\d /],
    ['another protocol', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', / 400 /],
    [
      'an upgrade to something else',
      (hub) => upgradeRequest(hub).replace('Upgrade: websocket', 'Upgrade: h2c'),
      / 4\d\d /,
    ],
    [
      'a key that is none',
      (hub) => upgradeRequest(hub).replace(/Sec-WebSocket-Key: \S+/, 'Sec-WebSocket-Key: x'),
      / 400 /,
    ],
  ];
  it('that nobody should speak is answered, nothing else disturbed', { timeout: 60_000 }, async () => {
    const hub = await startFuzzedHub();
    for (const [what, text, answer] of requests) {
      const raw = await RawSocket.open(hub);
      raw.write(Buffer.from(text(hub), 'latin1'));
      expect((await raw.says(/^HTTP\/1\.1.*\r\n/))[0], what).toMatch(answer);
      await hub.sound();
    }
  });

  it('requests cut off anywhere leave nothing open', { timeout: 60_000 }, async () => {
    const hub = await startFuzzedHub();
    const whole = head(hub, SENML, 'Content-Length: 24') + '[{"n":"pi-1/a","v":123}]';
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(whole.length - 1), { minLength: 8, maxLength: 8 }), async (cuts) => {
        await Promise.all(
          cuts.map(async (cut) => {
            const raw = await RawSocket.open(hub);
            raw.socket.end(whole.slice(0, cut));
            await raw.ends();
          }),
        );
      }),
      { numRuns: 30, endOnFailure: true },
    );
    await hub.sound();
  });

  it('a hundred that send a byte now and then keep nobody waiting, and the hub from closing', async () => {
    const hub = await startFuzzedHub();
    const slow = await Promise.all(Array.from({ length: 100 }, () => RawSocket.open(hub)));
    const body = head(hub, SENML, 'Content-Length: 1000') + '[';
    slow.forEach((raw, i) => raw.write(i % 2 === 0 ? body : body.slice(0, 60)));
    await hub.sound();
    for (const raw of slow) raw.write(' ');
    await hub.sound();
    await hub.close();
    await Promise.all(slow.map((raw) => raw.ends()));
  });
});
