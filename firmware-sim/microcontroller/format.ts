/** How a microcontroller writes one set of readings on its line. */
export const LINE_FORMATS = ['json', 'csv', 'cbor-slip'] as const;
export type LineFormat = (typeof LINE_FORMATS)[number];

export interface NamedValue {
  readonly name: string;
  readonly value: number;
}

const SLIP = { end: 0xc0, escape: 0xdb, escapedEnd: 0xdc, escapedEscape: 0xdd } as const;
const encoder = new TextEncoder();

/** The bytes of one set, delimiter included. */
export function formatReadings(format: LineFormat, readings: readonly NamedValue[]): Uint8Array {
  switch (format) {
    case 'json':
      return encoder.encode(
        `${JSON.stringify(Object.fromEntries(readings.map(({ name, value }) => [name, value])))}\n`,
      );
    case 'csv':
      return encoder.encode(`${readings.map(({ value }) => value).join(',')}\n`);
    case 'cbor-slip':
      return slip(cborMap(readings));
  }
}

/** A CBOR map of name to float64, as a small C library would write it. */
function cborMap(readings: readonly NamedValue[]): Uint8Array {
  const names = readings.map(({ name }) => encoder.encode(name));
  const bytes = new Uint8Array(names.reduce((sum, name) => sum + 2 + name.length + 9, 2));
  const view = new DataView(bytes.buffer);
  let at = 0;
  bytes[at++] = 0xb8;
  bytes[at++] = readings.length;
  for (const [index, { value }] of readings.entries()) {
    const name = names[index] ?? new Uint8Array();
    bytes[at++] = 0x78;
    bytes[at++] = name.length;
    bytes.set(name, at);
    at += name.length;
    bytes[at++] = 0xfb;
    view.setFloat64(at, value);
    at += 8;
  }
  return bytes;
}

/** RFC 1055 framing, END before and after. */
function slip(payload: Uint8Array): Uint8Array {
  const out: number[] = [SLIP.end];
  for (const byte of payload) {
    if (byte === SLIP.end) out.push(SLIP.escape, SLIP.escapedEnd);
    else if (byte === SLIP.escape) out.push(SLIP.escape, SLIP.escapedEscape);
    else out.push(byte);
  }
  out.push(SLIP.end);
  return Uint8Array.from(out);
}
