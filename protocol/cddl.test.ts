import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cddl, itemOf } from './cddl.testing.js';
import { checkItem } from './check.js';
import { encodeFrame } from './codec.js';
import { ErrorCode, FrameType, GapReason } from './codes.js';
import { anyFrame } from './frames.testing.js';
import { ItemReader } from './item-reader.js';
import { LIMITS } from './limits.js';
import { packageFile } from './package-file.js';
import { vectors } from './vectors.js';

const SOURCE = readFileSync(packageFile('protocol.cddl'), 'utf8');
const CDDL = new Cddl(SOURCE);

const matches = (rule: string, bytes: Uint8Array): boolean =>
  CDDL.matches(rule, itemOf(new ItemReader(bytes)));

/** Refusals that a grammar cannot give, because they compare one element with another or look at a whole frame. */
const BEYOND = [
  'frame too large',
  'text too long',
  'channels too many',
  'readings too many in a list',
  'readings too many in columns together',
  'readings, channel twice',
  'readings, first column without times',
  'readings, times decrease by second difference',
  'readings, time of 2^53',
  'readings, fewer values than times',
  'readings, more values than times',
  'readings, one value for two times',
  'readings, mantissa of 2^53 by differences',
  'readings, floats of another count',
  'readings, NaN',
  'readings, infinity',
  'readings, minus infinity in a list',
  'readings, NaN in bytes',
  'command, value NaN',
  'hello, range backwards',
  'gap, range backwards',
  'describe, index twice',
];

function isItem(bytes: Uint8Array): boolean {
  try {
    checkItem(bytes, LIMITS);
    return true;
  } catch {
    return false;
  }
}

describe('protocol.cddl', () => {
  it.each(vectors().filter(({ frame }) => frame !== null))('allows $name', ({ bytes, frame }) => {
    const side = FrameType[frame!.type] < 10 ? 'device-frame' : 'hub-frame';
    expect(matches('frame', bytes)).toBe(true);
    expect(matches(side, bytes)).toBe(true);
  });

  it('allows every frame that the encoder makes', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => matches('frame', encodeFrame(frame))),
      { numRuns: 500 },
    );
  });

  it('refuses what the decoder refuses, as far as a grammar can', () => {
    const refused = vectors().filter(({ error, bytes }) => error !== null && isItem(bytes));
    const allowed = refused.filter(({ bytes }) => matches('frame', bytes)).map(({ name }) => name);
    expect(allowed.sort()).toEqual([...BEYOND].sort());
  });

  it('has a rule for every frame type, with its code', () => {
    for (const [type, code] of Object.entries(FrameType)) {
      const rule = type.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
      expect(CDDL.rules).toContain(rule);
      expect(SOURCE).toContain(`\n${rule} = [${code}, `);
    }
  });

  it('has the codes of the tables', () => {
    expect(SOURCE).toContain(`error-code = 1..${Math.max(...Object.values(ErrorCode))}\n`);
    expect(SOURCE).toContain(`gap-reason = 1..${Math.max(...Object.values(GapReason))}\n`);
  });
});
