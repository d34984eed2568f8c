/**
 * The golden vectors, `vectors/*.json`: bytes, and what every implementation must make of them. Each party that
 * speaks the wire runs them in its tests.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from './codes.js';
import type { Column, Frame } from './frames.js';
import { LIMITS, type Limits } from './limits.js';
import { packageFile } from './package-file.js';

/** The refusal that a vector asks for. `limit` and `value` are null where the protocol does not fix them. */
export interface ExpectedRefusal {
  readonly code: keyof typeof ErrorCode;
  readonly limit: number | string | null;
  readonly value: number | string | null;
}

export interface Vector {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The item in the notation of RFC 8949, section 8; null for bytes that are none. */
  readonly diagnostic: string | null;
  /** Is this what `encodeFrame` makes of the frame? Other forms must be read, but need not be written. */
  readonly canonical: boolean;
  /** The limits to decode it under. */
  readonly limits: Limits;
  /** What it decodes to, with numbers as Float64Array; null where it must be refused. */
  readonly frame: Frame | null;
  readonly error: ExpectedRefusal | null;
}

/** Frames of one connection, the last of which the hub must refuse. */
export interface SessionVector {
  readonly name: string;
  /** Name of the device that the connection's token is for. */
  readonly device: string;
  readonly frames: readonly Uint8Array[];
  readonly error: ExpectedRefusal;
}

interface StoredVector {
  readonly name: string;
  readonly hex: string;
  readonly diagnostic?: string;
  readonly canonical?: boolean;
  readonly limits?: Partial<Limits>;
  readonly value?: Frame;
  readonly error?: StoredRefusal;
}

interface StoredRefusal {
  readonly code: keyof typeof ErrorCode;
  readonly limit?: number | string;
  readonly value?: number | string;
}

interface StoredSession {
  readonly name: string;
  readonly device: string;
  readonly frames: readonly string[];
  readonly error: StoredRefusal;
}

const SESSIONS = 'sessions.json';

/** All vectors of single frames. */
export function vectors(): Vector[] {
  const files = readdirSync(packageFile('vectors')).filter(
    (file) => file.endsWith('.json') && file !== SESSIONS,
  );
  return files.sort().flatMap((file) => (load(file) as StoredVector[]).map(vector));
}

/** Refusals that depend on the frames before. */
export function sessionVectors(): SessionVector[] {
  return (load(SESSIONS) as StoredSession[]).map(({ name, device, frames, error }) => {
    return { name, device, frames: frames.map(fromHex), error: refusal(error) };
  });
}

function vector(stored: StoredVector): Vector {
  const { name, hex, diagnostic = null, canonical = true, value, error } = stored;
  return {
    name,
    bytes: fromHex(hex),
    diagnostic,
    canonical: canonical && error === undefined,
    limits: { ...LIMITS, ...stored.limits },
    frame: value === undefined ? null : typed(value),
    error: error === undefined ? null : refusal(error),
  };
}

function refusal({ code, limit, value }: StoredRefusal): ExpectedRefusal {
  return { code, limit: limit ?? null, value: value ?? null };
}

/** JSON has no Float64Array: puts them where `decodeFrame` does. */
function typed(frame: Frame): Frame {
  return frame.type === 'readings' ? { ...frame, columns: frame.columns.map(typedColumn) } : frame;
}

function typedColumn({ channel, times, values }: Column): Column {
  const numbers = typeof values[0] === 'number';
  return {
    channel,
    times: Float64Array.from(times),
    values: numbers ? Float64Array.from(values as ArrayLike<number>) : values,
  };
}

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

function load(file: string): unknown {
  return JSON.parse(readFileSync(join(packageFile('vectors'), file), 'utf8'));
}
