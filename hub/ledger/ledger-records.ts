/**
 * What the ledger writes into the hub's log beside the frames, as the `frame` of a record: CBOR arrays.
 *
 *   held     [complete, [epoch, first, last, epoch, first, last ...]]          of the record's device
 *   missed   [store, policy, [device id, epoch, first, last, device id ...]]   of no device
 */
import { Decoder, Encoder } from 'cbor-x';
import { z } from 'zod';
import type { Claims } from './claims.js';

const options = { useRecords: false, mapsAsObjects: true, int64AsNumber: true };
const encoder = new Encoder(options);
const decoder = new Decoder(options);
const heldSchema = z.tuple([z.boolean(), z.array(z.number())]);
const missedSchema = z.tuple([z.string(), z.string(), z.array(z.number())]);

/** Records dropped from the log before a store had read them. */
export interface Missed {
  readonly sink: string;
  readonly policy: string;
  /** Device id, epoch, first and last sequence. */
  readonly ranges: readonly (readonly [device: number, epoch: number, first: number, last: number])[];
}

export function encodeHeld({ complete, held }: Claims): Uint8Array {
  return encoder.encode([complete, held.flat()]);
}

export function decodeHeld(bytes: Uint8Array): Claims {
  const [complete, flat] = heldSchema.parse(decoder.decode(bytes));
  const held: [number, number, number][] = [];
  for (let i = 0; i + 2 < flat.length; i += 3) held.push([flat[i] ?? 0, flat[i + 1] ?? 0, flat[i + 2] ?? 0]);
  return { complete, held };
}

export function encodeMissed({ sink, policy, ranges }: Missed): Uint8Array {
  return encoder.encode([sink, policy, ranges.flat()]);
}

export function decodeMissed(bytes: Uint8Array): Missed {
  const [sink, policy, flat] = missedSchema.parse(decoder.decode(bytes));
  const ranges: [number, number, number, number][] = [];
  for (let i = 0; i + 3 < flat.length; i += 4)
    ranges.push([flat[i] ?? 0, flat[i + 1] ?? 0, flat[i + 2] ?? 0, flat[i + 3] ?? 0]);
  return { sink, policy, ranges };
}
