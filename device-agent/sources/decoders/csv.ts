/**
 * Lines of separated values (RFC 4180 without quoting, which sensors do not use). The number of values must be that of
 * the columns. With `header`, a line in which no field is a number is one of column names, wherever it comes (devices
 * print it again when they restart); it names the columns unless the configuration does.
 */
import { isUtf8 } from 'node:buffer';
import { parseNumber } from '../number-text.js';
import type { CsvFormat } from './config.js';
import type { FrameDecoder } from './decoder.js';
import { sendFields } from './fields.js';

export function csvLineDecoder({ columns, delimiter, header }: CsvFormat): FrameDecoder {
  let names: readonly string[] | null = columns ?? null;
  return (line, monotonicUs, out) => {
    if (!isUtf8(line)) return 'not UTF-8';
    const fields = split(line.toString('utf8'), delimiter);
    if (header && isHeader(fields)) {
      if (columns === undefined) names = fields;
      return null;
    }
    if (names === null) return 'no header has come yet';
    if (fields.length !== names.length) return `not ${names.length} values`;
    return sendFields(names, fields, monotonicUs, out);
  };
}

function split(line: string, delimiter: string): string[] {
  if (delimiter === ' ') return line.trim().split(/[ \t]+/);
  return line.split(delimiter).map((field) => field.trim());
}

function isHeader(fields: readonly string[]): boolean {
  return fields.every((field) => field !== '' && parseNumber(field) === null);
}
