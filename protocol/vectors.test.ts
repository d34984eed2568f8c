import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, inspectFrame } from './codec.js';
import { ErrorCode, FrameType, codeName } from './codes.js';
import { diagnostic } from './diagnostic.js';
import { ProtocolError } from './protocol-error.js';
import { type ExpectedRefusal, type Vector, sessionVectors, vectors } from './vectors.js';

const ALL = vectors();
const READABLE = ALL.filter(({ frame }) => frame !== null);
const REFUSED = ALL.filter(({ error }) => error !== null);

function refusalOf(run: () => unknown): ExpectedRefusal {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const code = codeName(ErrorCode, error.errorCode) as keyof typeof ErrorCode;
    return { code, limit: error.limit, value: error.value };
  }
  throw new Error('was accepted');
}

function wellFormed({ error }: Vector): boolean {
  return error === null || !['malformed', 'tooDeep', 'stringTooLong', 'arrayTooLong'].includes(error.code);
}

describe('golden vectors', () => {
  it.each(READABLE)('$name: decodes', ({ bytes, limits, frame }) => {
    expect(decodeFrame(bytes, limits)).toStrictEqual(frame);
  });

  it.each(READABLE.filter(({ canonical }) => canonical))('$name: encodes', ({ bytes, frame }) => {
    expect(Buffer.from(encodeFrame(frame!)).toString('hex')).toBe(Buffer.from(bytes).toString('hex'));
  });

  it.each(READABLE.filter(({ canonical }) => !canonical))(
    '$name: is written otherwise',
    ({ bytes, frame }) => {
      const written = encodeFrame(frame!);
      expect(written).not.toEqual(bytes);
      expect(decodeFrame(written)).toStrictEqual(frame);
    },
  );

  it.each(REFUSED)('$name: refused', ({ bytes, limits, error }) => {
    expect(refusalOf(() => decodeFrame(bytes, limits))).toStrictEqual(error);
    expect(refusalOf(() => inspectFrame(bytes, limits))).toStrictEqual(error);
  });

  it.each(ALL.filter(wellFormed).filter((vector) => vector.diagnostic !== null))(
    '$name: diagnostic notation',
    (vector) => {
      expect(diagnostic(vector.bytes)).toBe(vector.diagnostic);
    },
  );

  it('have one name each', () => {
    const names = ALL.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('cover every frame type and every error code', () => {
    const types = new Set(READABLE.map(({ frame }) => frame?.type));
    const codes = [...REFUSED, ...sessionVectors()].map(({ error }) => error?.code);
    expect(Object.keys(FrameType).filter((type) => !types.has(type as keyof typeof FrameType))).toEqual([]);
    expect(Object.keys(ErrorCode).filter((code) => !codes.includes(code as keyof typeof ErrorCode))).toEqual(
      [],
    );
  });
});

describe('session vectors', () => {
  it.each(sessionVectors())('$name: every frame is sound in itself', ({ frames }) => {
    for (const bytes of frames) expect(encodeFrame(decodeFrame(bytes))).toEqual(bytes);
  });
});
