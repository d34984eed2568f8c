/**
 * Nested names to channel names: `{outside: {temperature: 21.5}}` is `outside/temperature`, and elements of a list are
 * numbered from 0. At most VALUES_MAX values and DEPTH_MAX levels a frame; what is beyond is refused, and said so.
 */
import type { DecoderOutput } from './decoder.js';

const VALUES_MAX = 256;
const DEPTH_MAX = 8;

/** Sends every value in `root` (an object, a Map or a list) to `out`. */
export function sendFlattened(root: object, monotonicUs: number, out: DecoderOutput): void {
  let left = VALUES_MAX;
  const visit = (prefix: string, container: object, depth: number): void => {
    for (const [key, value] of entriesOf(container)) {
      const name = prefix === '' ? String(key) : `${prefix}/${String(key)}`;
      if (left-- <= 0) {
        out.refused(name, 'unsupported_value', `more than ${VALUES_MAX} values in a frame`);
        return;
      }
      if (isContainer(value)) {
        if (depth < DEPTH_MAX) visit(name, value, depth + 1);
        else out.refused(name, 'unsupported_value', `nested deeper than ${DEPTH_MAX}`);
      } else sendScalar(name, value, monotonicUs, out);
    }
  };
  visit('', root, 1);
}

function sendScalar(name: string, value: unknown, monotonicUs: number, out: DecoderOutput): void {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string')
    out.value(name, value, monotonicUs);
  else if (value === null || value === undefined) out.refused(name, 'no_value', 'null');
  else if (typeof value === 'bigint')
    out.refused(name, 'unsupported_value', 'an integer beyond 2^53, which cannot be kept exactly');
  else out.refused(name, 'unsupported_value', `a ${typeof value} that is not a number, boolean or text`);
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}

function entriesOf(container: object): Iterable<readonly [unknown, unknown]> {
  return container instanceof Map || Array.isArray(container)
    ? container.entries()
    : Object.entries(container);
}
