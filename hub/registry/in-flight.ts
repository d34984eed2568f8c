/**
 * Frames appended to the log but not yet on disk, oldest first: sequence, end offset in the log, time of receipt.
 * A ring of plain numbers, so that a frame costs no object.
 */
const FIELDS = 3;
const FRAMES_MIN = 16;
const NONE = new Float64Array(0);
/** A ring that has grown beyond this is given back when it is empty. */
const KEPT_FRAMES_MAX = 256;

export class InFlight {
  #ring = NONE;
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(seq: number, offset: number, receivedUs: number): void {
    if (this.#length * FIELDS === this.#ring.length) this.#grow();
    const at = ((this.#head + this.#length) * FIELDS) % this.#ring.length;
    this.#ring[at] = seq;
    this.#ring[at + 1] = offset;
    this.#ring[at + 2] = receivedUs;
    this.#length++;
  }

  /** Takes out what ends at or below `durable`, in order. */
  drain(durable: number, visit: (seq: number, receivedUs: number) => void): void {
    while (this.#length > 0) {
      const at = this.#head * FIELDS;
      if ((this.#ring[at + 1] ?? 0) > durable) return;
      this.#head = (this.#head + 1) % (this.#ring.length / FIELDS);
      this.#length--;
      visit(this.#ring[at] ?? 0, this.#ring[at + 2] ?? 0);
    }
    if (this.#ring.length > KEPT_FRAMES_MAX * FIELDS) this.#ring = NONE;
    this.#head = 0;
  }

  #grow(): void {
    const larger = new Float64Array(Math.max(FRAMES_MIN * FIELDS, this.#ring.length * 2));
    const head = this.#head * FIELDS;
    larger.set(this.#ring.subarray(head));
    larger.set(this.#ring.subarray(0, head), this.#ring.length - head);
    this.#ring = larger;
    this.#head = 0;
  }
}
