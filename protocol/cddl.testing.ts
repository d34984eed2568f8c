/**
 * As much of CDDL (RFC 8610) as protocol.cddl uses, for tests: literals, ranges, `.size`, `.regexp`, choices, arrays,
 * groups, occurrences, labels, comments. Arrays match as its appendix A says: in order, greedy, no way back.
 */
import { ItemReader, Major } from './item-reader.js';

/** A CBOR item that still knows a float from an integer. */
export type Item =
  | { readonly kind: 'integer' | 'float'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: number }
  | { readonly kind: 'simple'; readonly value: boolean | null }
  | { readonly kind: 'array'; readonly value: readonly Item[] };

/** The item that bytes hold, which must have passed `checkItem`. Byte strings are known by their length alone. */
export function itemOf(reader: ItemReader): Item {
  const start = reader.at;
  const major = reader.nextMajor();
  if (major === Major.uint || major === Major.negative) return { kind: 'integer', value: reader.integer('') };
  if (major === Major.text) return { kind: 'text', value: reader.text('', true) };
  if (major === Major.array) {
    const length = reader.array('');
    return { kind: 'array', value: Array.from({ length }, () => itemOf(reader)) };
  }
  if (major === Major.bytes) {
    reader.string(Major.bytes, '');
    return { kind: 'bytes', value: reader.argument };
  }
  if (reader.passNull()) return { kind: 'simple', value: null };
  if (reader.isBoolean()) return { kind: 'simple', value: reader.boolean('') };
  reader.at = start;
  return { kind: 'float', value: reader.float() };
}

/** Matches items from `at` on; the place behind them, or -1. A type takes one item, a group any number. */
type Matcher = (items: readonly Item[], at: number) => number;

const one =
  (test: (item: Item) => boolean): Matcher =>
  (items, at) => {
    const item = items[at];
    return item !== undefined && test(item) ? at + 1 : -1;
  };

const PRELUDE: Record<string, Matcher> = {
  null: one(({ value }) => value === null),
  bool: one(({ value }) => typeof value === 'boolean'),
  float: one(({ kind }) => kind === 'float'),
  text: one(({ kind }) => kind === 'text'),
  bytes: one(({ kind }) => kind === 'bytes'),
};

const TOKEN = /;[^\n]*|\s+|"[^"]*"|-?\d+|\.\.|\.[a-z]+|\/\/|[A-Za-z][\w-]*|[[\](){},:=/*+?]/g;

/** A CDDL document, ready to match. */
export class Cddl {
  readonly #rules = new Map<string, Matcher>();
  readonly #tokens: string[];
  #at = 0;

  constructor(source: string) {
    this.#tokens = (source.match(TOKEN) ?? []).filter((token) => !/^[;\s]/.test(token));
    while (this.#at < this.#tokens.length) {
      const name = this.#next();
      this.#expect('=');
      this.#rules.set(name, this.#type());
    }
  }

  get rules(): string[] {
    return [...this.#rules.keys()];
  }

  matches(rule: string, item: Item): boolean {
    return this.#named(rule)([item], 0) === 1;
  }

  #named(name: string): Matcher {
    const rule = this.#rules.get(name) ?? PRELUDE[name];
    if (rule === undefined) throw new Error(`no rule ${name}`);
    return rule;
  }

  /** type1 / type1 ... */
  #type(): Matcher {
    const choices = [this.#type1()];
    while (this.#take('/')) choices.push(this.#type1());
    return firstOf(choices);
  }

  #type1(): Matcher {
    const low = this.#type2();
    if (this.#take('..')) return this.#range(Number(this.#tokens[this.#at - 2]), Number(this.#next()));
    if (this.#take('.regexp')) return this.#regexp(this.#next().slice(1, -1));
    if (this.#take('.size')) return this.#size(low);
    return low;
  }

  #range(low: number, high: number): Matcher {
    return one((item) => item.kind === 'integer' && item.value >= low && item.value <= high);
  }

  #regexp(pattern: string): Matcher {
    const whole = new RegExp(`^(?:${pattern})$`);
    return one((item) => item.kind === 'text' && whole.test(item.value));
  }

  #size(type: Matcher): Matcher {
    this.#expect('(');
    const low = Number(this.#next());
    this.#expect('..');
    const high = Number(this.#next());
    this.#expect(')');
    return (items, at) => {
      const item = items[at];
      const size =
        item?.kind === 'text' ? Buffer.byteLength(item.value) : item?.kind === 'bytes' ? item.value : -1;
      return size >= low && size <= high ? type(items, at) : -1;
    };
  }

  #type2(): Matcher {
    if (this.#take('[')) {
      const group = this.#group(']');
      return one((item) => item.kind === 'array' && group(item.value, 0) === item.value.length);
    }
    if (this.#take('(')) return this.#group(')');
    const token = this.#next();
    if (/^-?\d/.test(token)) return one((item) => item.kind === 'integer' && item.value === Number(token));
    return (items, at) => this.#named(token)(items, at);
  }

  /** Entries up to the closing bracket; `//` parts choices. */
  #group(close: string): Matcher {
    const choices: Matcher[][] = [[]];
    while (!this.#take(close)) {
      if (this.#take('//')) choices.push([]);
      else choices.at(-1)?.push(this.#entry());
      this.#take(',');
    }
    return firstOf(choices.map(inOrder));
  }

  #entry(): Matcher {
    const occurrence = ['*', '+', '?'].find((sign) => this.#take(sign));
    if (this.#tokens[this.#at + 1] === ':') this.#at += 2;
    const type = this.#type();
    if (occurrence === undefined) return type;
    return many(type, occurrence === '+' ? 1 : 0, occurrence === '?' ? 1 : Infinity);
  }

  #next(): string {
    return this.#tokens[this.#at++] ?? '';
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #expect(token: string): void {
    const found = this.#next();
    if (found !== token) throw new Error(`CDDL: expected ${token}, found ${found}`);
  }
}

function firstOf(choices: readonly Matcher[]): Matcher {
  return (items, at) => {
    for (const choice of choices) {
      const end = choice(items, at);
      if (end >= 0) return end;
    }
    return -1;
  };
}

function inOrder(entries: readonly Matcher[]): Matcher {
  return (items, at) => entries.reduce((place, entry) => (place < 0 ? -1 : entry(items, place)), at);
}

function many(entry: Matcher, least: number, most: number): Matcher {
  return (items, at) => {
    let place = at;
    let count = 0;
    while (count < most) {
      const end = entry(items, place);
      if (end <= place) break;
      place = end;
      count++;
    }
    return count < least ? -1 : place;
  };
}
