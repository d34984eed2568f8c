import { HubError } from './errors.js';

/** Reads the fields of a JSON object with the types that are expected; what is absent gets a plain default. */
export class JsonObject {
  readonly #fields: Record<string, unknown>;

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new HubError('bad_answer', 'the hub sent something other than a JSON object');
    this.#fields = value as Record<string, unknown>;
  }

  static parse(text: string): JsonObject {
    try {
      return new JsonObject(JSON.parse(text));
    } catch (error) {
      if (error instanceof HubError) throw error;
      throw new HubError('bad_answer', 'the hub sent something other than JSON');
    }
  }

  /** The field as it is. */
  raw(name: string): unknown {
    return this.#fields[name];
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value === 'number') return String(value);
    return typeof value === 'string' ? value : '';
  }

  textOrNull(name: string): string | null {
    const value = this.#fields[name];
    return value === null || value === undefined ? null : this.text(name);
  }

  number(name: string): number {
    return this.numberOrNull(name) ?? 0;
  }

  numberOrNull(name: string): number | null {
    const value = this.#fields[name];
    return typeof value === 'number' && Number.isFinite(value) ? value : null;
  }

  /** One of the texts allowed; the first when it is none of them. */
  oneOf<T extends string>(name: string, allowed: readonly [T, ...T[]]): T {
    const value = this.#fields[name];
    return allowed.find((each) => each === value) ?? allowed[0];
  }

  /** The fields that are numbers, by name, the largest first. */
  numbers(): [name: string, value: number][] {
    return Object.entries(this.#fields)
      .filter((field): field is [string, number] => typeof field[1] === 'number')
      .sort((a, b) => b[1] - a[1]);
  }

  object(name: string): JsonObject {
    return new JsonObject(this.#fields[name] ?? {});
  }

  objectOrNull(name: string): JsonObject | null {
    const value = this.#fields[name];
    return value === null || value === undefined ? null : new JsonObject(value);
  }

  /** The objects of an array; what is something else is left out. */
  objects(name: string): JsonObject[] {
    return this.array(name)
      .filter((each) => typeof each === 'object' && each !== null)
      .map((each) => new JsonObject(each));
  }

  array(name: string): readonly unknown[] {
    const value = this.#fields[name];
    return Array.isArray(value) ? value : [];
  }
}
