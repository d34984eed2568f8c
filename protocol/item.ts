/** The meeting point with cbor-x: generic items in and out. Its own extensions of CBOR are all switched off. */
// This entry is cbor-x without its optional native part, which gains nothing on frames of this size.
import { Decoder, Encoder } from 'cbor-x/decode';

/** An element of a frame as cbor-x takes it. Integers from 2^32 on must be bigint, or they would become floats. */
export type Item = number | bigint | string | boolean | null | Uint8Array | readonly Item[];

const options = { useRecords: false, structuredClone: false, tagUint8Array: false, int64AsNumber: true };
const encoder = new Encoder(options);
const decoder = new Decoder(options);

/** The bytes of one item, in memory of their own (cbor-x hands out pieces of a shared pool). */
export function encodeItem(item: Item): Uint8Array {
  return new Uint8Array(encoder.encode(item));
}

/** Any item that `checkItem` let pass. Works on a copy, because cbor-x attaches a DataView to what it is given. */
export function decodeItem(bytes: Uint8Array): unknown {
  return decoder.decode(new Uint8Array(bytes));
}

/** An integer within +-(2^53 - 1) in the form that cbor-x writes as a CBOR integer. */
export function integerItem(value: number): Item {
  return value > 0xffff_ffff || value < -0x1_0000_0000 ? BigInt(value) : value;
}
