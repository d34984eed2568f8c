/**
 * The numbers of one ack after another, `[11, credit, (epoch, first, last)*]`, from bytes that a hub wrote, with nothing made
 * for them: a device under load gets little else.
 */
export class AnswerReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #elements = 0;

  /** Begins with a frame. Its type; `credit` and `range` are for an ack. */
  begin(bytes: Uint8Array): number {
    this.#bytes = bytes;
    this.#at = 0;
    this.#elements = this.#number();
    return this.#number();
  }

  /** Ranges in this ack. */
  get ranges(): number {
    return (this.#elements - 2) / 3;
  }

  /** The next number: credit, then epoch, first and last of each range. */
  next(): number {
    return this.#number();
  }

  /** An unsigned integer, or the length of an array. */
  #number(): number {
    const bytes = this.#bytes;
    const short = (bytes[this.#at++] ?? 0) & 0x1f;
    if (short < 24) return short;
    let value = 0;
    for (let left = 2 ** (short - 24); left > 0; left--) value = value * 256 + (bytes[this.#at++] ?? 0);
    return value;
  }
}
