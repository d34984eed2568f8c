import { describe, expect, it } from 'vitest';
import { readPacket } from './namespaces/packet.js';
import { connectionsIn, sumsOf, TCP_FLAGS } from './trace.js';
import { TraceRecorder } from './trace-recorder.js';

const { syn, ack, psh, fin, rst } = TCP_FLAGS;

/** A connection that says 100 bytes and hears 50. */
function connection(recorder: TraceRecorder, atUs: number): void {
  const packets = [
    ['up', 60, 0, syn],
    ['down', 60, 0, syn | ack],
    ['up', 52, 0, ack],
    ['up', 152, 100, ack | psh],
    ['down', 52, 0, ack],
    ['down', 102, 50, ack | psh],
    ['up', 52, 0, ack],
    ['up', 52, 0, ack | fin],
    ['down', 40, 0, rst],
  ] as const;
  for (const [at, [way, bytes, payload, flags]] of packets.entries())
    recorder.add(atUs + at, way, { bytes, payload, flags });
}

describe('a trace', () => {
  it('is summed by way, and by when packets left', () => {
    const recorder = new TraceRecorder('packets');
    for (let at = 0; at < 3; at++) connection(recorder, at * 1000);
    const trace = recorder.trace();
    expect(trace.length).toBe(27);
    expect(sumsOf(trace, 'up', 0, 1000)).toEqual({ packets: 5, bytes: 368, payload: 100, bareAcks: 2 });
    expect(sumsOf(trace, 'down', 0, 1000)).toEqual({ packets: 4, bytes: 254, payload: 50, bareAcks: 1 });
    expect(sumsOf(trace, 'up', 1000, 3000)).toEqual({ packets: 10, bytes: 736, payload: 200, bareAcks: 4 });
    // The packet at its end is not in a stretch, that at its begin is.
    expect(sumsOf(trace, 'up', 1000, 1000).packets).toBe(0);
    expect(sumsOf(trace, 'up', 1000, 1001).packets).toBe(1);
    expect([connectionsIn(trace, 0, Infinity), connectionsIn(trace, 1, 2000)]).toEqual([3, 1]);
  });

  it('grows with what crosses the link', () => {
    const recorder = new TraceRecorder('packets');
    for (let at = 0; at < 50_000; at++)
      recorder.add(at, at % 2 === 0 ? 'up' : 'down', {
        bytes: 40 + (at % 1000),
        payload: at % 1000,
        flags: ack,
      });
    const trace = recorder.trace();
    expect([trace.length, trace.timesUs.length, trace.flags.length]).toEqual([50_000, 50_000, 50_000]);
    expect([trace.timesUs[49_999], trace.bytes[49_999], trace.up[49_999]]).toEqual([49_999, 1_039, 0]);
    expect(sumsOf(trace, 'up', 0, Infinity).packets).toBe(25_000);
  });

  it('says when more crossed than it can keep', () => {
    const recorder = new TraceRecorder('packets', 10);
    for (let at = 0; at < 12; at++) recorder.add(at, 'up', { bytes: 40, payload: 0, flags: ack });
    expect(() => recorder.trace()).toThrow(
      expect.objectContaining({ code: 'bench.trace_full', details: { limit: 10, packets: 12 } }),
    );
  });
});

describe('a packet', () => {
  const header = (protocol: number, words = 5): Buffer => {
    const bytes = Buffer.alloc(words * 4);
    bytes[0] = 0x40 | words;
    bytes[9] = protocol;
    return bytes;
  };
  const tcp = (flags: number, words: number): Buffer => {
    const bytes = Buffer.alloc(words * 4);
    bytes[12] = words << 4;
    bytes[13] = flags;
    return bytes;
  };

  it('is read by the lengths of its own headers', () => {
    const options = Buffer.concat([header(6, 6), tcp(ack | psh, 8), Buffer.alloc(100)]);
    expect(readPacket(options)).toEqual({ bytes: 156, payload: 100, flags: ack | psh });
    expect(readPacket(Buffer.concat([header(6), tcp(syn, 10)]))).toEqual({
      bytes: 60,
      payload: 0,
      flags: syn,
    });
  });

  it('may be a datagram', () => {
    expect(readPacket(Buffer.concat([header(17), Buffer.alloc(16)]))).toEqual({
      bytes: 36,
      payload: 8,
      flags: 0,
    });
  });

  it('is none when it is not IPv4, or shorter than its header', () => {
    expect(readPacket(Buffer.from([0x60, ...Array<number>(39).fill(0)]))).toBeNull();
    expect(readPacket(Buffer.alloc(0))).toBeNull();
    expect(readPacket(Buffer.from([0x45, 0, 0]))).toBeNull();
    expect(readPacket(header(6))).toEqual({ bytes: 20, payload: 0, flags: 0 });
  });
});
