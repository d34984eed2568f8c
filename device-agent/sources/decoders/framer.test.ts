import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Framer } from './framer.js';

interface Cut {
  readonly frames: string[];
  readonly times: number[];
  readonly discards: { text: string; reason: string }[];
}

/** Cuts chunks into frames; a frame that contains "bad" is none. The time of a chunk is its number. */
function cut(
  chunks: readonly (string | Uint8Array)[],
  options: { maxBytes?: number; join?: 'skip' | 'keep' } = {},
): Cut {
  const result: Cut = { frames: [], times: [], discards: [] };
  const framer = new Framer({
    delimiters: [0x0a, 0x0d],
    maxBytes: options.maxBytes ?? 16,
    join: options.join ?? 'keep',
    frame: (bytes, us) => {
      const text = bytes.toString('latin1');
      if (text.includes('bad')) return 'it is bad';
      result.frames.push(text);
      result.times.push(us);
      return null;
    },
    discarded: (bytes, reason) => {
      result.discards.push({ text: Buffer.from(bytes).toString('latin1'), reason });
    },
  });
  chunks.forEach((chunk, index) =>
    framer.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk, index),
  );
  framer.end();
  return result;
}

describe('a framer', () => {
  it('cuts at LF, CR and both, without empty frames', () => {
    expect(cut(['a\nb\r\nc\rd\n\n\ne']).frames).toEqual(['a', 'b', 'c', 'd']);
  });

  it('joins what comes in pieces, and gives a frame the time of its first byte', () => {
    const { frames, times } = cut(['x\nab', 'c', 'd\ne', '\n']);
    expect(frames).toEqual(['x', 'abcd', 'e']);
    expect(times).toEqual([0, 0, 2]);
  });

  it('discards a frame over the limit up to its end, then goes on', () => {
    const { frames, discards } = cut([
      '0123456789abcdef\n',
      '0123456789abcdefg\nok\n01234567',
      '89abcdefgh',
      'ij\nok2\n',
    ]);
    expect(frames).toEqual(['0123456789abcdef', 'ok', 'ok2']);
    expect(discards.map(({ text }) => text).join('|')).toBe('0123456789abcdefg|01234567|89abcdefgh|ij');
    expect(new Set(discards.map(({ reason }) => reason))).toEqual(new Set(['longer than 16 bytes']));
  });

  it('discards what it joined in the middle of', () => {
    const { frames, discards } = cut(['.57\n21.5', '8\n'], { join: 'skip' });
    expect(frames).toEqual(['21.58']);
    expect(discards).toEqual([{ text: '.57', reason: 'joined in the middle of a frame' }]);
  });

  it('discards what is unfinished at the end, and frames that are refused', () => {
    const { frames, discards } = cut(['so bad\nok\nrest']);
    expect(frames).toEqual(['ok']);
    expect(discards).toEqual([
      { text: 'so bad', reason: 'it is bad' },
      { text: 'rest', reason: 'cut off when the port closed' },
    ]);
  });

  it('gives the same frames and discards however the stream is cut into chunks', () => {
    const stream = fc.array(fc.constantFrom(...Buffer.from('abcd\n\r').values()), { maxLength: 200 });
    fc.assert(
      fc.property(stream, fc.array(fc.nat(200)), fc.constantFrom('skip', 'keep'), (bytes, cuts, join) => {
        const whole = Buffer.from(bytes);
        const places = [0, ...cuts.map((at) => at % (whole.length + 1)).sort((a, b) => a - b), whole.length];
        const chunks = places.slice(1).map((end, index) => whole.subarray(places[index], end));
        const [one, many] = [cut([whole], { join }), cut(chunks, { join })];
        expect(many.frames).toEqual(one.frames);
        const join_ = (each: Cut): string => each.discards.map(({ text }) => text).join('');
        expect(join_(many)).toBe(join_(one));
      }),
      { numRuns: 500 },
    );
  });

  it('accounts for every byte: frame, delimiter or discarded', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 20 }), (chunks) => {
        const { frames, discards } = cut(chunks);
        const total = chunks.reduce((sum, { length }) => sum + length, 0);
        const delimiters = chunks.reduce(
          (sum, chunk) => sum + chunk.filter((b) => b === 10 || b === 13).length,
          0,
        );
        const lengthOf = (texts: string[]): number => texts.reduce((sum, { length }) => sum + length, 0);
        expect(lengthOf(frames) + lengthOf(discards.map(({ text }) => text)) + delimiters).toBe(total);
      }),
      { numRuns: 500 },
    );
  });
});
