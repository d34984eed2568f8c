/**
 * Configuration from one zod schema: flags over environment over file over defaults. Every fault is told with the place
 * where the user wrote it: `agent.yaml:12:5`, `--listen-port`, `WEIR_HUB_LISTEN_PORT`.
 */
import { readFileSync } from 'node:fs';
import { isCollection, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { messageOf, WeirError } from '../errors.js';
import { environmentNameOf, flagOf, leavesOf, unwrap, type Leaf } from './leaves.js';
import { nearest } from './nearest.js';

export interface ConfigInput {
  /** A YAML file with snake_case keys. */
  readonly file?: string | undefined;
  /** Values by flag name without the dashes (`listen-port`), as given on the command line. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Such as `WEIR_HUB`. */
  readonly envPrefix: string;
}

const FILE_BYTES_MAX = 1_048_576;
const ALIASES_MAX = 100;

/** Loads and checks a configuration. Throws `config.*` errors that name place, rule and value. */
export function loadConfig<T extends z.ZodObject>(schema: T, input: ConfigInput): z.output<T> {
  const file = input.file === undefined ? null : readYaml(input.file);
  const merged = file === null ? {} : structuredClone(file.value);
  const places = new Map<string, string>();
  const leaves = leavesOf(schema).filter((each) => each.scalar);
  refuseUnknownNames(leaves, input);
  for (const leaf of leaves) {
    const name = environmentNameOf(leaf, input.envPrefix);
    const fromEnv = input.env?.[name];
    if (fromEnv !== undefined) place(merged, places, leaf, scalarFrom(leaf, fromEnv), name);
    const fromFlag = input.flags?.[flagOf(leaf).slice(2)];
    if (fromFlag !== undefined) place(merged, places, leaf, scalarFrom(leaf, fromFlag), flagOf(leaf));
  }
  return checkConfig(
    schema,
    merged,
    (path) => places.get(path.join('.')) ?? file?.placeOf(path) ?? 'configuration',
  );
}

/** A misspelt variable would be the one setting that silently does nothing. */
function refuseUnknownNames(leaves: readonly Leaf[], { env = {}, envPrefix }: ConfigInput): void {
  const known = new Set(leaves.map((leaf) => environmentNameOf(leaf, envPrefix)));
  for (const name of Object.keys(env)) {
    if (!name.startsWith(`${envPrefix}_`) || known.has(name)) continue;
    const suggestion = nearest(name, known);
    const hint = suggestion === null ? '' : `; did you mean ${suggestion}?`;
    throw new WeirError('config.unknown_key', `${name}: no setting has this environment name${hint}`, {
      details: { place: name, nearest: suggestion },
    });
  }
}

/** Checks a value that is already there. `placeOf` says where the user wrote the value at a path. */
export function checkConfig<T extends z.ZodObject>(
  schema: T,
  value: unknown,
  placeOf: (path: readonly PropertyKey[]) => string = () => 'configuration',
): z.output<T> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issue = deepest(result.error.issues);
  if (issue === undefined) throw new WeirError('config.invalid', 'configuration is invalid');
  const key = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys[0] ?? '';
    const suggestion = nearest(unknown, keysAt(schema, issue.path, value));
    const where = placeOf([...issue.path, unknown]);
    const hint = suggestion === null ? '' : `; did you mean "${suggestion}"?`;
    throw new WeirError(
      'config.unknown_key',
      `${where}: unknown key "${[...issue.path, unknown].join('.')}"${hint}`,
      {
        details: { place: where, key: unknown, nearest: suggestion },
      },
    );
  }
  const missing = issue.code === 'invalid_type' && issue.message.includes('undefined');
  const where = placeOf(issue.path);
  throw new WeirError(
    missing ? 'config.missing' : 'config.invalid',
    missing ? `${where}: "${key}" is required` : `${where}: "${key}": ${issue.message}${gotten(issue)}`,
    { details: { place: where, key } },
  );
}

/** The value, where the message does not name it and it is no secret. */
function gotten({ path, input, message }: z.core.$ZodIssue): string {
  const plain = typeof input === 'string' || typeof input === 'number' || typeof input === 'boolean';
  if (!plain || /token|password|secret/i.test(path.join('.')) || /\bgot\b/.test(message)) return '';
  return `, got ${JSON.stringify(input)}`;
}

/** Of the faults inside a union, the one in the branch that the user most likely meant: the deepest. */
function deepest(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  const [issue] = issues;
  if (issue?.code !== 'invalid_union') return issue;
  const inner = issue.errors
    .map((branch) => deepest(branch))
    .filter((each) => each !== undefined)
    .sort((a, b) => b.path.length - a.path.length)[0];
  return inner === undefined || inner.path.length === 0
    ? issue
    : { ...inner, path: [...issue.path, ...inner.path] };
}

/** Valid keys of the object at a path, following list items, maps and the branches of unions. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): string[] {
  const { inner } = unwrap(schema);
  const definition = inner.def as {
    type: string;
    options?: z.ZodType[];
    element?: z.ZodType;
    valueType?: z.ZodType;
    shape?: Record<string, z.ZodType>;
  };
  if (definition.options !== undefined)
    return definition.options.flatMap((option) => keysAt(option, path, value));
  const [head, ...rest] = path;
  if (head === undefined) return Object.keys(definition.shape ?? {});
  const child = definition.element ?? definition.valueType ?? definition.shape?.[String(head)];
  return child === undefined ? [] : keysAt(child, rest, value);
}

interface YamlFile {
  readonly value: Record<string, unknown>;
  placeOf(path: readonly PropertyKey[]): string;
}

function readYaml(file: string): YamlFile {
  const text = readText(file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [fault] = document.errors;
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    const reason = fault.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'not YAML';
    throw new WeirError('config.syntax', `${file}:${line}:${col}: ${reason}`);
  }
  const value = plainValue(document, file);
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new WeirError('config.syntax', `${file}:1:1: expected a map of settings`);
  }
  return {
    value: value as Record<string, unknown>,
    placeOf(path) {
      const position = positionOf(document, path);
      if (position === null) return file;
      const { line, col } = lines.linePos(position);
      return `${file}:${line}:${col}`;
    },
  };
}

/** Anchors and aliases resolved. Throws `config.syntax` where aliases of aliases would fill the memory. */
function plainValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX }) ?? {};
  } catch (error) {
    throw new WeirError('config.syntax', `${file}: ${messageOf(error)}`, { cause: error });
  }
}

function readText(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length <= FILE_BYTES_MAX) return text;
    throw new WeirError('config.invalid', `${file}: ${text.length} bytes, limit ${FILE_BYTES_MAX}`);
  } catch (error) {
    if (error instanceof WeirError) throw error;
    throw new WeirError('config.missing', `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** Where the key at a path stands in the text, or the innermost thing above it that stands there. */
function positionOf(document: Document, path: readonly PropertyKey[]): number | null {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    if (!isCollection(parent)) continue;
    const last = path[depth - 1];
    for (const [index, item] of parent.items.entries()) {
      const node = typeof item === 'object' && item !== null && 'key' in item ? item.key : item;
      const matches = typeof last === 'number' ? index === last : isKey(node, last);
      if (matches && hasRange(node)) return node.range[0];
    }
  }
  return null;
}

function isKey(node: unknown, name: PropertyKey | undefined): boolean {
  return typeof node === 'object' && node !== null && 'value' in node && String(node.value) === String(name);
}

function hasRange(node: unknown): node is { range: [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}

function place(
  target: Record<string, unknown>,
  places: Map<string, string>,
  leaf: Leaf,
  value: unknown,
  from: string,
): void {
  let at = target;
  for (const key of leaf.path.slice(0, -1)) {
    const next = at[key];
    if (typeof next === 'object' && next !== null) at = next as Record<string, unknown>;
    else at = at[key] = {} as Record<string, unknown>;
  }
  at[leaf.path.at(-1) ?? ''] = value;
  places.set(leaf.path.join('.'), from);
}

/** Text from a flag or the environment as the schema's scalar. */
function scalarFrom(leaf: Leaf, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (leaf.boolean)
    return value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value;
  if (leaf.kind === 'number' && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value);
  return value;
}
