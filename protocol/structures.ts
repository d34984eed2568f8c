/** Fields made of fields: frames and the arrays within them. */
import { ErrorCode } from './codes.js';
import type { SequenceRange } from './frames.js';
import { type Field, type FieldOf, sequence } from './fields.js';
import type { Item } from './item.js';
import type { Limits } from './limits.js';
import { ProtocolError, outOfRange, tooManyElements, wrongType } from './protocol-error.js';

/** The fields of `T` in the order of the wire. */
export type Shape<T> = { readonly [K in keyof T]-?: FieldOf<T[K]> };

/** The fields of `T` one after the other, with no array of their own. */
export function fields<T extends object>(shape: Shape<T>): FieldOf<T> {
  return (name) => {
    const members: (readonly [keyof T & string, Field<unknown>])[] = [];
    for (const key in shape) members.push([key, shape[key](name === '' ? key : `${name}.${key}`)]);
    const width = members.reduce((sum, [, field]) => sum + field.width, 0);
    return {
      width,
      read(items, at, limits) {
        const value: Partial<Record<keyof T, unknown>> = {};
        let next = at;
        for (const [key, field] of members) {
          value[key] = field.read(items, next, limits);
          next += field.width;
        }
        return value as T;
      },
      write(value, items) {
        for (const [key, field] of members) field.write(value[key], items);
      },
    };
  };
}

/** An array that holds just this field. */
export function array<T>(field: FieldOf<T>): FieldOf<T> {
  return (name) => {
    const inner = field(name);
    return {
      width: 1,
      read(items, at, limits) {
        const array = asArray(items[at], name);
        const value = inner.read(array, 0, limits);
        if (array.length > inner.width) throw tooManyElements(name, array.length, inner.width);
        return value;
      },
      write(value, items) {
        const array: Item[] = [];
        inner.write(value, array);
        items.push(array);
      },
    };
  };
}

/** All the elements that are left, as a list of the field. */
export function rest<T>(field: FieldOf<T>): FieldOf<readonly T[]> {
  return (name) => {
    const inner = field(name);
    return {
      width: Infinity,
      read(items, at, limits) {
        const list: T[] = [];
        for (let i = at; i < items.length; i += inner.width) list.push(inner.read(items, i, limits));
        return list;
      },
      write(value, items) {
        for (const member of value) inner.write(member, items);
      },
    };
  };
}

/** An array of any number of one field. */
export function list<T>(field: FieldOf<T>): FieldOf<readonly T[]> {
  return array(rest(field));
}

/** A list whose length has a limit of its own. */
export function atMost<T>(
  list: FieldOf<readonly T[]>,
  limit: (limits: Limits) => number,
  code: ErrorCode,
): FieldOf<readonly T[]> {
  return (name) => {
    const inner = list(name);
    return {
      ...inner,
      read(items, at, limits) {
        const { length } = asArray(items[at], name);
        if (length <= limit(limits)) return inner.read(items, at, limits);
        const message = `${name}: ${length} of them; the limit is ${limit(limits)}`;
        throw new ProtocolError(code, message, { limit: limit(limits), value: length });
      },
    };
  };
}

/** Two elements: first and last sequence, in order. */
export const range: FieldOf<SequenceRange> = (name) => {
  const first = sequence(`${name}.first`);
  const last = sequence(`${name}.last`);
  return {
    width: 2,
    read: (items, at, limits) =>
      ordered([first.read(items, at, limits), last.read(items, at + 1, limits)], name),
    write(value, items) {
      ordered(value, name);
      first.write(value[0], items);
      last.write(value[1], items);
    },
  };
};

function ordered(range: SequenceRange, name: string): SequenceRange {
  if (range[1] < range[0]) throw outOfRange(`${name}.last`, range[1], range[0]);
  return range;
}

function asArray(item: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(item)) throw wrongType(name, 'an array');
  return item;
}
