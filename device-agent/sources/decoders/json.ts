/** Lines that are JSON objects (RFC 8259): keys are channels. */
import { isUtf8 } from 'node:buffer';
import type { FrameDecoder } from './decoder.js';
import { sendFlattened } from './flatten.js';

const NOT_AN_OBJECT = 'not a JSON object';
const OPENING_BRACE = 0x7b;

export const decodeJsonLine: FrameDecoder = (line, monotonicUs, out) => {
  if (firstVisible(line) !== OPENING_BRACE) return NOT_AN_OBJECT;
  if (!isUtf8(line)) return 'not UTF-8';
  const parsed = parseJson(line.toString('utf8'));
  if (typeof parsed !== 'object' || parsed === null) return NOT_AN_OBJECT;
  sendFlattened(parsed, monotonicUs, out);
  return null;
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function firstVisible(line: Buffer): number | undefined {
  let at = 0;
  while (line[at] === 0x20 || line[at] === 0x09) at++;
  return line[at];
}
