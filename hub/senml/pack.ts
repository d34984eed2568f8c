/**
 * SenML packs (RFC 8428) to resolved records: base fields applied, names whole, times absolute, values summed.
 *
 *   {"bn":"urn:dev:ow:1:","bt":1e9,"bu":"Cel","n":"t","t":-5,"v":21.5}  ->  urn:dev:ow:1:t, 999999995 s, Cel, 21.5
 *
 * Taken: numbers, strings, booleans. Refused one by one, with the place in the pack: data values, sums alone, names that
 * break section 4.5.1, fields that must be understood (section 4.4). A version over 10 refuses the pack.
 */
import { ErrorCode, LIMITS, ProtocolError, type ReadingValue } from '@weir/protocol';

export interface ResolvedRecord {
  /** Place in the pack. */
  readonly index: number;
  readonly name: string;
  /** Null where none is given. */
  readonly unit: string | null;
  readonly timeUs: number;
  /** Was the time given from `now` on (section 4.5.3)? */
  readonly relative: boolean;
  readonly value: ReadingValue;
}

export interface RefusedRecord {
  readonly index: number;
  readonly error: ProtocolError;
}

export interface ResolvedPack {
  readonly records: readonly ResolvedRecord[];
  readonly refused: readonly RefusedRecord[];
}

type Fields = ReadonlyMap<string, unknown>;

interface Base {
  name: string;
  time: number;
  unit: string | null;
  value: number;
}

const RECORDS_MAX = 100_000;
const VERSION_MAX = 10;
/** Times below this many seconds are relative to now (section 4.5.3). */
const RELATIVE_BELOW_S = 2 ** 28;
const FUTURE_US_MAX = 86_400e6;
const NAME = /^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/;
const NAME_CHARACTERS_MAX = 256;

/** The labels of the CBOR form (section 6, table 4). */
const CBOR_LABELS: readonly (readonly [number, string])[] = [
  [-1, 'bver'],
  [-2, 'bn'],
  [-3, 'bt'],
  [-4, 'bu'],
  [-5, 'bv'],
  [-6, 'bs'],
  [0, 'n'],
  [1, 'u'],
  [2, 'v'],
  [3, 'vs'],
  [4, 'vb'],
  [5, 's'],
  [6, 't'],
  [7, 'ut'],
  [8, 'vd'],
];
const LABELS = new Map<unknown, string>(CBOR_LABELS);
const BASE_FIELDS = new Set(CBOR_LABELS.map(([, name]) => name).filter((name) => name.startsWith('b')));

/** Resolves a pack decoded from JSON (objects) or CBOR (maps). Throws ProtocolError where the pack as a whole is none. */
export function resolvePack(pack: unknown, nowUs: number): ResolvedPack {
  if (!Array.isArray(pack))
    throw new ProtocolError(ErrorCode.wrongType, 'a SenML pack is an array', { value: 'pack' });
  if (pack.length > RECORDS_MAX) {
    const message = `${pack.length} records in one pack; the limit is ${RECORDS_MAX}`;
    throw new ProtocolError(ErrorCode.arrayTooLong, message, { limit: RECORDS_MAX, value: pack.length });
  }
  const base: Base = { name: '', time: 0, unit: null, value: 0 };
  const records: ResolvedRecord[] = [];
  const refused: RefusedRecord[] = [];
  for (const [index, item] of (pack as unknown[]).entries()) {
    try {
      const fields = fieldsOf(item);
      takeBase(base, fields);
      const record = resolveRecord(fields, base, index, nowUs);
      if (record !== null) records.push(record);
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.errorCode === ErrorCode.unsupportedVersion) throw error;
      refused.push({ index, error });
    }
  }
  return { records, refused };
}

function fieldsOf(item: unknown): Fields {
  if (item instanceof Map) {
    return new Map(
      [...(item as Map<unknown, unknown>)].map(([key, value]) => [LABELS.get(key) ?? String(key), value]),
    );
  }
  if (typeof item !== 'object' || item === null || Array.isArray(item))
    throw wrongType('record', 'a map of fields');
  return new Map(Object.entries(item));
}

function takeBase(base: Base, fields: Fields): void {
  const version = optionalNumber(fields, 'bver') ?? VERSION_MAX;
  if (version > VERSION_MAX) {
    const message = `SenML version ${version}; version ${VERSION_MAX} is known here`;
    throw new ProtocolError(ErrorCode.unsupportedVersion, message, { limit: VERSION_MAX, value: version });
  }
  base.name = optionalText(fields, 'bn') ?? base.name;
  base.time = optionalNumber(fields, 'bt') ?? base.time;
  base.unit = optionalText(fields, 'bu') ?? base.unit;
  base.value = optionalNumber(fields, 'bv') ?? base.value;
}

/** Null for a record that sets base fields only. */
function resolveRecord(fields: Fields, base: Base, index: number, nowUs: number): ResolvedRecord | null {
  for (const field of fields.keys()) {
    if (!field.endsWith('_')) continue;
    throw new ProtocolError(
      ErrorCode.wrongType,
      `field ${field.slice(0, 64)} must be understood and is not`,
      {
        value: field.slice(0, 64),
      },
    );
  }
  if ([...fields.keys()].every((field) => BASE_FIELDS.has(field))) return null;
  const value = valueOf(fields, base);
  const name = nameOf(base.name + (optionalText(fields, 'n') ?? ''));
  const unit = optionalText(fields, 'u') ?? base.unit;
  const seconds = base.time + (optionalNumber(fields, 't') ?? 0);
  const relative = seconds < RELATIVE_BELOW_S;
  const timeUs = Math.round(seconds * 1e6) + (relative ? nowUs : 0);
  checkTime(timeUs, nowUs);
  return { index, name, unit, timeUs, relative, value };
}

function valueOf(fields: Fields, base: Base): ReadingValue {
  const given = ['v', 'vs', 'vb', 'vd'].filter((field) => fields.has(field));
  if (given.length > 1) throw wrongType(given.join(' and '), 'one value in a record');
  const [field] = given;
  if (field === 'v') {
    const value = base.value + (optionalNumber(fields, 'v') ?? 0);
    if (Number.isFinite(value)) return value;
    throw new ProtocolError(ErrorCode.notFinite, 'v: base value and value add up to no finite number', {
      value: 'v',
    });
  }
  if (field === 'vs') return optionalText(fields, 'vs') ?? '';
  if (field === 'vb' && typeof fields.get('vb') === 'boolean') return fields.get('vb') === true;
  if (field === 'vb') throw wrongType('vb', 'true or false');
  if (field === 'vd') throw wrongType('vd', 'a number, string or boolean: data values are not stored');
  throw wrongType(fields.has('s') ? 's' : 'v', 'a value: sums without one are not stored');
}

function nameOf(name: string): string {
  if (name.length <= NAME_CHARACTERS_MAX && NAME.test(name)) return name;
  const shown = name.slice(0, 128);
  const message = `name ${JSON.stringify(shown)} is not one of RFC 8428, section 4.5.1`;
  throw new ProtocolError(ErrorCode.invalidName, message, { limit: NAME_CHARACTERS_MAX, value: shown });
}

function checkTime(timeUs: number, nowUs: number): void {
  const limit = nowUs + FUTURE_US_MAX;
  if (timeUs < 0)
    throw new ProtocolError(ErrorCode.outOfRange, `t: ${timeUs} us is before 1970`, {
      limit: 0,
      value: timeUs,
    });
  if (timeUs <= limit) return;
  throw new ProtocolError(ErrorCode.outOfRange, 't: more than a day in the future', { limit, value: timeUs });
}

function optionalNumber(fields: Fields, field: string): number | null {
  const value = fields.get(field);
  if (value === undefined) return null;
  if (typeof value !== 'number') throw wrongType(field, 'a number');
  if (Number.isFinite(value)) return value;
  throw new ProtocolError(ErrorCode.notFinite, `${field}: ${value} is not finite`, { value: field });
}

function optionalText(fields: Fields, field: string): string | null {
  const value = fields.get(field);
  if (value === undefined) return null;
  if (typeof value !== 'string') throw wrongType(field, 'a text');
  const bytes = Buffer.byteLength(value);
  if (bytes <= LIMITS.textBytes) return value;
  const message = `${field}: ${bytes} bytes; the limit is ${LIMITS.textBytes}`;
  throw new ProtocolError(ErrorCode.stringTooLong, message, { limit: LIMITS.textBytes, value: bytes });
}

function wrongType(field: string, expected: string): ProtocolError {
  return new ProtocolError(ErrorCode.wrongType, `${field}: expected ${expected}`, { value: field });
}
