/** Readings as text formats hold them: a name and a field of text. */
import type { DecoderOutput } from './decoder.js';

/**
 * Sends the fields to `out`, all or none: where one is not a value of its channel's type the line is suspect as a
 * whole, and the fault is returned. Empty fields are refused alone: devices print them for a value they do not have.
 */
export function sendFields(
  names: readonly string[],
  fields: readonly (string | null | undefined)[],
  monotonicUs: number,
  out: DecoderOutput,
): string | null {
  const values = fields.map((field, index) => {
    const name = names[index] ?? '';
    return name === '' || isAbsent(field) ? undefined : out.parse(name, field);
  });
  const wrong = values.indexOf(null);
  if (wrong >= 0) return `"${names[wrong]}" is not of its type`;
  values.forEach((value, index) => {
    const name = names[index] ?? '';
    if (value !== undefined && value !== null) out.value(name, value, monotonicUs);
    else if (name !== '') out.refused(name, 'no_value', 'empty');
  });
  return null;
}

function isAbsent(field: string | null | undefined): field is '' | null | undefined {
  return field === null || field === undefined || field === '';
}
