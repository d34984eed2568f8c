/**
 * What happened, in order. Always as a hash, by which two runs of one seed can be told to be the same; as lines for a
 * reader when somebody listens.
 */
export type TraceListener = (atUs: number, who: string, what: string, detail: string) => void;

const FNV_PRIME = 0x01000193;

export class Trace {
  /** Hears of every line. Details are made for it alone, unless they are part of the hash. */
  listener: TraceListener | null = null;
  #hash = 0x811c9dc5;
  #lines = 0;

  get lines(): number {
    return this.#lines;
  }

  /** Eight hexadecimal digits. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  /** `numbers` are part of the hash and of the line; `detail` of the line alone. */
  note(atUs: number, who: string, what: string, numbers: readonly number[], detail?: () => string): void {
    this.#lines++;
    this.#mix(atUs);
    this.#mixText(who);
    this.#mixText(what);
    for (const each of numbers) this.#mix(each);
    if (this.listener === null) return;
    this.listener(
      atUs,
      who,
      what,
      [...numbers.map(String), ...(detail === undefined ? [] : [detail()])].join(' '),
    );
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ (value >>> 0), FNV_PRIME);
    this.#hash = Math.imul(this.#hash ^ Math.floor(value / 2 ** 32), FNV_PRIME);
  }

  #mixText(text: string): void {
    for (let i = 0; i < text.length; i++) this.#hash = Math.imul(this.#hash ^ text.charCodeAt(i), FNV_PRIME);
  }
}

/** `  12.345678 hub      log written` */
export function traceLine(atUs: number, who: string, what: string, detail: string): string {
  return `${(atUs / 1e6).toFixed(6).padStart(12)} ${who.padEnd(10)} ${what}${detail === '' ? '' : `  ${detail}`}`;
}
