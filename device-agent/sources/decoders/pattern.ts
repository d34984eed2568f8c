/**
 * Lines searched by a regular expression whose named groups are channels.
 *
 * The lines come from outside and the expression from a person, and a backtracking matcher can be made to run for hours
 * by such a pair. RE2's matcher takes time linear in the line whatever the expression; lines are bounded as well.
 */
import { isUtf8 } from 'node:buffer';
import { RE2JS } from 're2js';
import type { FrameDecoder } from './decoder.js';
import { sendFields } from './fields.js';

export function patternLineDecoder(pattern: string): FrameDecoder {
  const expression = RE2JS.compile(pattern);
  const groups = Object.entries(expression.namedGroups());
  const names = groups.map(([name]) => name);
  return (line, monotonicUs, out) => {
    if (!isUtf8(line)) return 'not UTF-8';
    const match = expression.matcher(line.toString('utf8'));
    if (!match.find()) return 'does not match the pattern';
    const fields = groups.map(([, index]) => match.group(index)?.trim());
    return sendFields(names, fields, monotonicUs, out);
  };
}

/** What is wrong with a pattern in a configuration; null when it can be used. */
export function faultOfPattern(pattern: string): string | null {
  try {
    const names = Object.keys(RE2JS.compile(pattern).namedGroups());
    return names.length > 0 ? null : 'the pattern has no named group such as (?<temperature>-?[0-9.]+)';
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
