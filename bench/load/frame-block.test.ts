import { decodeFrame } from '@weir/protocol';
import { describe, expect, it } from 'vitest';
import { FrameBlock } from './frame-block.js';
import { PostBlock } from './post-block.js';
import { packetIdOf, PublishBlock } from './publish-block.js';
import { WEBSOCKET_WRAP } from './websocket-wrap.js';

/** Payloads of masked messages, by RFC 6455. */
function unmasked(bytes: Buffer): Buffer[] {
  const payloads: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    expect(bytes[at]).toBe(0x82);
    const short = bytes[at + 1]! & 0x7f;
    const start = at + 2 + (short === 126 ? 2 : 0);
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
    const key = bytes.subarray(start, start + 4);
    const payload = Buffer.from(bytes.subarray(start + 4, start + 4 + length));
    payload.forEach((byte, i) => (payload[i] = byte ^ key[i % 4]!));
    payloads.push(payload);
    at = start + 4 + length;
  }
  return payloads;
}

describe.each([1, 100])('FrameBlock of %i readings a frame', (readings) => {
  it('gives valid frames with the sequences asked for and times that go on', () => {
    const block = new FrameBlock(readings, 8, 1, WEBSOCKET_WRAP);
    let lastUs = 0;
    for (const [first, count] of [
      [2, 8],
      [10, 3],
      [70_000, 8],
    ] as const) {
      const frames = unmasked(block.messages(first, count)).map((payload) => decodeFrame(payload));
      expect(frames).toHaveLength(count);
      for (const [at, frame] of frames.entries()) {
        if (frame.type !== 'readings') throw new Error(frame.type);
        const [column] = frame.columns;
        const times = Array.from(column!.times);
        expect(frame).toMatchObject({ epoch: 0, seq: first + at });
        expect(times).toHaveLength(readings);
        expect(times[0]).toBeGreaterThan(lastUs);
        lastUs = times.at(-1)!;
      }
    }
  });

  it('gives the same frames as PUBLISH packets', () => {
    const bytes = new PublishBlock(readings, 2, 1).messages(7, 59_999, 2);
    const [frame] = unmasked(new FrameBlock(readings, 2, 1, WEBSOCKET_WRAP).messages(59_999, 2));
    const topic = Buffer.from('bench-00007/air/temperature');
    const at = bytes.indexOf(topic);
    expect(bytes[0]).toBe(0x32);
    expect(bytes.readUInt16BE(at - 2)).toBe(topic.length);
    const id = at + topic.length;
    expect(bytes.readUInt16BE(id)).toBe(packetIdOf(59_999));
    expect(bytes.subarray(id + 2, id + 2 + frame!.length)).toEqual(frame);
    expect(bytes.readUInt16BE(bytes.lastIndexOf(topic) + topic.length)).toBe(1);
  });

  it('gives them as POSTs of a device, with a hello and the epoch by its id', () => {
    const server = { host: '127.0.0.1', port: 8087, token: 'secret' };
    const block = new PostBlock({ server, readingsPerFrame: readings, seed: 1, closes: false });
    const [other, post] = [block.message(3, 70_000), block.message(42, 70_001)].map((bytes) =>
      Buffer.from(bytes),
    );
    expect(other).toHaveLength(post!.length);
    const end = post!.indexOf('\r\n\r\n') + 4;
    const head = post!.toString('latin1', 0, end);
    const body = post!.subarray(end);
    expect(head).toContain(
      'POST /api/v1/readings HTTP/1.1\r\nHost: 127.0.0.1:8087\r\nAuthorization: Bearer secret\r\n',
    );
    expect(head).toContain(`\r\nContent-Length: ${body.length}\r\n`);
    const split = body.indexOf(Buffer.from([0x87, 0x03, 0x1b]));
    const [hello, frame] = [body.subarray(0, split), body.subarray(split)].map((bytes) => decodeFrame(bytes));
    if (hello?.type !== 'hello' || frame?.type !== 'readings') throw new Error('other frames');
    expect(hello.device).toBe('bench-00042');
    expect(frame).toMatchObject({ epoch: hello.epochs[0]?.epoch, seq: 70_001 });
    expect(frame.columns[0]?.times).toHaveLength(readings);
  });
});
