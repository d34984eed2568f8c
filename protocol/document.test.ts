import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from './codec.js';
import { CloseCode, ErrorCode, FrameType, GapReason } from './codes.js';
import { diagnostic } from './diagnostic.js';
import { LIMITS } from './limits.js';
import { packageFile } from './package-file.js';

const TEXT = readFileSync(packageFile('../docs/protocol.md'), 'utf8');

/** The text of a section, up to the next heading. */
function section(heading: string): string {
  const start = TEXT.indexOf(`# ${heading}\n`);
  if (start < 0) throw new Error(`no section ${heading}`);
  const end = TEXT.indexOf('\n#', start + heading.length);
  return TEXT.slice(start, end < 0 ? undefined : end);
}

function rows(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The table of codes in a section, as the code has it. */
function codes(heading: string): Record<string, number> {
  return Object.fromEntries(
    rows(section(heading)).map(([code = '', name = '']) => [name.replaceAll('`', ''), Number(code)]),
  );
}

/** Blocks of bytes in hexadecimal, an empty line, and the same in diagnostic notation. */
const EXAMPLES = [...TEXT.matchAll(/```text\n((?:[0-9a-f]{2}[ \n])+)\n(\[[^`]*)\n```/g)].map(
  ([, hex = '', notation = '']) => ({
    hex: hex.replace(/\s/g, ''),
    notation: notation.replaceAll('\n', ' '),
  }),
);

describe('docs/protocol.md', () => {
  it.each([
    ['11.1 Error codes', ErrorCode],
    ['11.2 Gap reasons', GapReason],
    ['11.3 Close codes', CloseCode],
  ])('%s are those of the code', (heading, table) => {
    expect(codes(heading)).toEqual(table);
  });

  it('has the limits of the code', () => {
    const limits = rows(section('10. Limits')).map(([name = '', text = '']) => [
      name.replaceAll('`', ''),
      parseInt(text),
    ]);
    expect(Object.fromEntries(limits)).toEqual(LIMITS);
  });

  it.each(EXAMPLES)('$notation is what its bytes say', ({ hex, notation }) => {
    const bytes = Buffer.from(hex, 'hex');
    expect(diagnostic(bytes)).toBe(notation);
    expect(Buffer.from(encodeFrame(decodeFrame(bytes))).toString('hex')).toBe(hex);
  });

  it('shows every frame type', () => {
    const shown = new Set(EXAMPLES.map(({ hex }) => decodeFrame(Buffer.from(hex, 'hex')).type));
    expect([...shown].sort()).toEqual(Object.keys(FrameType).sort());
  });

  it('gives every frame type its code', () => {
    for (const [type, code] of Object.entries(FrameType)) {
      const name = type.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
      const heading = new RegExp(`^### (\\d\\.\\d ${name})$`, 'm').exec(TEXT)?.[1] ?? '';
      expect(rows(section(heading))[0]).toEqual(['0', 'type', String(code)]);
    }
  });

  it('points to sections that it has', () => {
    const anchors = [...TEXT.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const [, anchor = ''] of TEXT.matchAll(/\]\(#([^)]*)\)/g)) expect(anchors).toContain(anchor);
  });
});
