/** Log that one portion may be drawn from on the way to the end: a filter that nothing fits is answered, too. */
const PORTION_BYTES_MAX = 4 * 2 ** 20;

/**
 * What a poll takes home: everything behind its cursor up to the end of the log, or as much as it has room for. At the end
 * of the log it waits for the first thing that comes, or until it is due.
 */
export class Taken {
  readonly texts: string[] = [];
  /** It is to be handed over as soon as the end of the log is reached. */
  due = false;
  readonly #from: number;
  readonly #charactersMax: number;
  #characters = 0;

  constructor(from: number, charactersMax: number) {
    this.#from = from;
    this.#charactersMax = charactersMax;
  }

  add(text: string): void {
    this.#characters += text.length;
    this.texts.push(text);
  }

  /** Has it no room beyond so many characters that are to be added? */
  full(more = 0): boolean {
    return this.#characters + more >= this.#charactersMax;
  }

  /** Is it to be handed over? `caughtUp`: it was at the end once; `atEnd`: it is there now. */
  complete(cursor: number, caughtUp: boolean, atEnd: boolean): boolean {
    const found = this.texts.length > 0 && (caughtUp || this.full());
    const far = !caughtUp && cursor - this.#from >= PORTION_BYTES_MAX;
    return found || far || (this.due && atEnd);
  }
}
