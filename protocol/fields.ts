/**
 * The kinds of elements that frames are made of. Each knows both directions: an item as decoded by cbor-x to a
 * checked value, and a value to an item. `frame-shapes.ts` puts them together.
 */
import { ErrorCode } from './codes.js';
import { checkEpoch, checkSequence } from './header.js';
import { type Item, integerItem } from './item.js';
import { notFinite } from './item-reader.js';
import { EPOCH_ID_START, LIMITS, type Limits, NAME_BYTES } from './limits.js';
import { ProtocolError, outOfRange, wrongType } from './protocol-error.js';

/** One part of a frame, bound to its name, which errors cite. */
export interface Field<T> {
  /** Elements it takes of the frame: one, a fixed number, or (Infinity) all that are left. */
  readonly width: number;
  /** The value of the elements from `at` on. */
  read(items: readonly unknown[], at: number, limits: Limits): T;
  /** Appends the elements of a value. */
  write(value: T, items: Item[]): void;
}
export type FieldOf<T> = (name: string) => Field<T>;

/** A field of one element. Both ways end in the same check. */
function single<T>(read: (item: unknown, limits: Limits) => T, item: (value: T) => Item): Field<T> {
  return {
    width: 1,
    read: (items, at, limits) => read(items[at], limits),
    write: (value, items) => items.push(item(read(value, LIMITS))),
  };
}

export function uint(max = Number.MAX_SAFE_INTEGER, min = 0): FieldOf<number> {
  return (name) =>
    single((item) => {
      if (typeof item !== 'number' || !Number.isInteger(item)) throw wrongType(name, 'an unsigned integer');
      if (item < min) throw outOfRange(name, item, min);
      if (item > max) throw outOfRange(name, item, max);
      return item;
    }, integerItem);
}

/** An integer of either sign: UTC times before 1970 exist on devices with a broken clock. */
export const integer: FieldOf<number> = (name) =>
  single((item) => {
    if (!Number.isSafeInteger(item)) throw wrongType(name, 'an integer');
    return item as number;
  }, integerItem);

/** An epoch by index or id. */
export const epochRef: FieldOf<number> = (name) => checked(uint(), checkEpoch)(name);
/** An epoch by its id alone. */
export const epochId = uint(Number.MAX_SAFE_INTEGER, EPOCH_ID_START);
export const sequence: FieldOf<number> = (name) => checked(uint(), checkSequence)(name);

/** A field with one more rule, which throws or returns the value. */
export function checked<T>(field: FieldOf<T>, rule: (value: T, name: string) => T): FieldOf<T> {
  return (name) => {
    const inner = field(name);
    return {
      width: inner.width,
      read: (items, at, limits) => rule(inner.read(items, at, limits), name),
      write: (value, items) => inner.write(rule(value, name), items),
    };
  };
}

/** Any finite number. */
export const real: FieldOf<number> = (name) =>
  single((item) => {
    if (typeof item !== 'number') throw wrongType(name, 'a number');
    if (!Number.isFinite(item)) throw notFinite(name, item);
    return item;
  }, numberItem);

export function numberItem(value: number): Item {
  return Number.isSafeInteger(value) ? integerItem(value) : value;
}

export const flag: FieldOf<boolean> = (name) =>
  single((item) => {
    if (typeof item !== 'boolean') throw wrongType(name, 'true or false');
    return item;
  }, scalarItem);

export const text: FieldOf<string> = (name) =>
  single((item, limits) => checkText(item, name, limits), scalarItem);

/** A text that UTF-8 can hold, within the limit. */
export function checkText(item: unknown, name: string, limits: Limits): string {
  if (typeof item !== 'string') throw wrongType(name, 'a text');
  const bytes = item.length * 3 <= limits.textBytes ? 0 : Buffer.byteLength(item);
  if (bytes > limits.textBytes) {
    const message = `${name}: ${bytes} bytes; the limit is ${limits.textBytes}`;
    throw new ProtocolError(ErrorCode.stringTooLong, message, { limit: limits.textBytes, value: bytes });
  }
  if (/\p{Surrogate}/u.test(item)) throw wrongType(name, 'a text without lone surrogates');
  return item;
}

interface Scalars {
  number: number;
  boolean: boolean;
  string: string;
}

/** A single value of one of the kinds named. */
export function scalar<K extends keyof Scalars>(...kinds: readonly K[]): FieldOf<Scalars[K]> {
  return (name) =>
    single((item, limits) => {
      const kind = kinds.find((known) => typeof item === known);
      if (kind === undefined) throw wrongType(name, kinds.join(' or '));
      if (kind === 'string') checkText(item, name, limits);
      if (typeof item === 'number' && !Number.isFinite(item)) throw notFinite(name, item);
      return item as Scalars[K];
    }, scalarItem);
}

export function scalarItem(value: number | boolean | string): Item {
  return typeof value === 'number' ? numberItem(value) : value;
}

/** A text that follows the rules of device or channel names. */
export function named(pattern: RegExp): FieldOf<string> {
  return checked(text, (value, name) => {
    if (pattern.test(value)) return value;
    const shown = excerpt(value);
    const rule = `${NAME_BYTES} bytes at most of letters, digits and _ - . : /`;
    throw new ProtocolError(ErrorCode.invalidName, `${name}: '${shown}' is not a name (${rule})`, {
      limit: NAME_BYTES,
      value: shown,
    });
  });
}

/** As much of a text as an error may repeat: a refusal has to fit a frame itself. */
function excerpt(value: string): string {
  const characters = Array.from(value);
  return characters.length > NAME_BYTES ? `${characters.slice(0, NAME_BYTES).join('')}…` : value;
}

/** One of the numbers of a closed table. */
export function oneOf<T extends number>(table: Readonly<Record<string, T>>): FieldOf<T> {
  const known = new Set<number>(Object.values(table));
  const max = Math.max(...known);
  return (name) =>
    single((item) => {
      if (typeof item !== 'number') throw wrongType(name, 'an unsigned integer');
      if (!known.has(item)) throw outOfRange(name, item, item > max ? max : Math.min(...known));
      return item as T;
    }, integerItem);
}

/** One of several words, as its place among them. */
export function word<T extends string>(words: readonly T[]): FieldOf<T> {
  return (name) => {
    const place = uint(words.length - 1)(name);
    return {
      width: 1,
      read(items, at, limits) {
        const known = words[place.read(items, at, limits)];
        if (known === undefined) throw wrongType(name, words.join(' or '));
        return known;
      },
      write: (value, items) => place.write(words.indexOf(value), items),
    };
  };
}

/** Null in place of all the elements of the field. */
export function nullable<T>(field: FieldOf<T>): FieldOf<T | null> {
  return (name) => {
    const inner = field(name);
    return {
      width: inner.width,
      read: (items, at, limits) =>
        items[at] === null ? allNull(items, at, inner.width, name) : inner.read(items, at, limits),
      write: (value, items) => {
        if (value !== null) inner.write(value, items);
        else for (let i = 0; i < inner.width; i++) items.push(null);
      },
    };
  };
}

function allNull(items: readonly unknown[], at: number, width: number, name: string): null {
  for (let i = at; i < at + width; i++) if (items[i] !== null) throw wrongType(name, 'null throughout');
  return null;
}
