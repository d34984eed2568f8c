/** Numbers for the texts of one channel, so that state series live in the same buffers as numbers. */
const MOST_LABELS = 1_024;

/** Drawn for all texts of a channel that has shown more different ones than are kept apart. */
const OVERFLOW = '…';

export class Labels {
  readonly #ids = new Map<string, number>();
  readonly #texts: string[] = [];

  /** The number of a text; from the 1,024th different one on they share one. */
  idOf(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    if (this.#texts.length >= MOST_LABELS) return MOST_LABELS;
    this.#ids.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }

  textOf(id: number): string {
    return this.#texts[id] ?? OVERFLOW;
  }
}
