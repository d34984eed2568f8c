/** The scalar settings of a schema, by path: what flags, environment names and docs/config.md are made from. */
import { z } from 'zod';
import { formatBytes, formatDuration } from './units.js';

export interface Leaf {
  /** Keys from the root, as in a file: `['listen', 'port']`. */
  readonly path: readonly string[];
  readonly description: string;
  /** As a reader would write it; null when there is none. */
  readonly defaultText: string | null;
  readonly required: boolean;
  /** Short description of what is allowed: `number`, `true or false`, `mean | min`. */
  readonly kind: string;
  readonly boolean: boolean;
  /** Lists and unions of objects are for files alone: no flag, no environment name. */
  readonly scalar: boolean;
  /** What it holds, without defaults and the like. */
  readonly schema: z.ZodType;
}

/** Every leaf of an object schema in file order. Lists, maps and unions of objects are one leaf each. */
export function leavesOf(schema: z.ZodType, path: readonly string[] = []): Leaf[] {
  const { inner, defaultValue, optional, description, unit } = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape).flatMap(([key, child]) =>
      leavesOf(child as z.ZodType, [...path, key]),
    );
  }
  return [
    {
      path,
      description,
      defaultText: defaultValue === undefined || defaultValue === null ? null : textOf(defaultValue, unit),
      required: !optional && defaultValue === undefined,
      kind: unit ?? kindOf(inner),
      boolean: inner instanceof z.ZodBoolean,
      scalar: isScalar(inner),
      schema: inner,
    },
  ];
}

export interface NestedObject {
  /** Such as `sources[]` or `sources[].format`. */
  readonly place: string;
  /** What tells it from the other objects that may stand there: `type: serial`; '' when it is the only one. */
  readonly variant: string;
  readonly schema: z.ZodType;
}

/** The objects inside a list, a map or a union, one level deep: what a leaf that is no scalar is made of. */
export function nestedObjects(schema: z.ZodType, place: string): NestedObject[] {
  const { inner } = unwrap(schema);
  if (inner instanceof z.ZodArray) return nestedObjects(inner.element as z.ZodType, `${place}[]`);
  if (inner instanceof z.ZodRecord) return nestedObjects(inner.valueType as z.ZodType, `${place}.NAME`);
  if (inner instanceof z.ZodUnion) {
    return inner.options.flatMap((option) => nestedObjects(option as z.ZodType, place));
  }
  return inner instanceof z.ZodObject ? [{ place, variant: variantOf(inner), schema: inner }] : [];
}

function variantOf(object: z.ZodObject): string {
  const literals = Object.entries(object.shape).flatMap(([key, child]) => {
    const { inner } = unwrap(child as z.ZodType);
    return inner instanceof z.ZodLiteral ? [`${key}: ${[...inner.values].join(' or ')}`] : [];
  });
  return literals[0] ?? '';
}

export interface Unwrapped {
  readonly inner: z.ZodType;
  readonly defaultValue: unknown;
  readonly optional: boolean;
  readonly description: string;
  /** `size` or `duration` where the schema is one. */
  readonly unit: string | null;
}

/** Takes off default, optional, nullable and pipes, collecting what they say. */
export function unwrap(schema: z.ZodType): Unwrapped {
  let inner = schema;
  let defaultValue: unknown;
  let optional = false;
  let description = inner.description ?? '';
  let unit: string | null = null;
  for (;;) {
    unit ??= unitOf(inner);
    if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault)
      defaultValue ??= inner.def.defaultValue;
    else if (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable) optional = true;
    else if (!(inner instanceof z.ZodPipe)) break;
    inner = (inner instanceof z.ZodPipe ? inner.def.in : inner.def.innerType) as z.ZodType;
    description ||= inner.description ?? '';
  }
  return { inner, defaultValue, optional, description, unit };
}

function isScalar(inner: z.ZodType): boolean {
  if (inner instanceof z.ZodUnion)
    return inner.options.every((option) => isScalar(unwrap(option as z.ZodType).inner));
  return (
    inner instanceof z.ZodString ||
    inner instanceof z.ZodStringFormat ||
    inner instanceof z.ZodNumber ||
    inner instanceof z.ZodBoolean ||
    inner instanceof z.ZodEnum ||
    inner instanceof z.ZodLiteral
  );
}

function kindOf(inner: z.ZodType): string {
  if (inner instanceof z.ZodBoolean) return 'true or false';
  if (inner instanceof z.ZodNumber) return 'number';
  if (inner instanceof z.ZodEnum) return inner.options.join(' | ');
  if (inner instanceof z.ZodLiteral) return [...inner.values].join(' | ');
  if (inner instanceof z.ZodArray) return 'list';
  if (inner instanceof z.ZodRecord) return 'map';
  if (inner instanceof z.ZodDiscriminatedUnion) return 'one of several objects';
  if (inner instanceof z.ZodUnion)
    return inner.options.map((option) => kindOf(unwrap(option as z.ZodType).inner)).join(' or ');
  return 'text';
}

function unitOf(schema: z.ZodType): string | null {
  const kind = schema.meta()?.kind;
  return typeof kind === 'string' ? kind : null;
}

function textOf(value: unknown, unit: string | null): string {
  if (typeof value === 'number' && unit === 'size') return formatBytes(value);
  if (typeof value === 'number' && unit === 'duration') return formatDuration(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `['listen', 'port']` -> `--listen-port`. */
export function flagOf(leaf: Leaf): string {
  return `--${leaf.path.join('-').replaceAll('_', '-')}`;
}

/** `['listen', 'port']` with prefix `WEIR_HUB` -> `WEIR_HUB_LISTEN_PORT`. */
export function environmentNameOf(leaf: Leaf, prefix: string): string {
  return `${prefix}_${leaf.path.join('_').toUpperCase()}`;
}
