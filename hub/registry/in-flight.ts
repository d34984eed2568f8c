/**
 * Records appended to the log but not yet on disk, oldest first: sequences of the first and the last frame, end offset in
 * the log, time of receipt. A ring of plain numbers, so that a record costs no object.
 */
const FIELDS = 4;
const RECORDS_MIN = 4;
const NONE = new Float64Array(0);
/** A ring that has grown beyond this is given back when it is empty. */
const KEPT_RECORDS_MAX = 256;

export class InFlight {
  #ring = NONE;
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(first: number, last: number, offset: number, receivedUs: number): void {
    if (this.#length * FIELDS === this.#ring.length) this.#grow();
    const at = ((this.#head + this.#length) * FIELDS) % this.#ring.length;
    this.#ring[at] = first;
    this.#ring[at + 1] = last;
    this.#ring[at + 2] = offset;
    this.#ring[at + 3] = receivedUs;
    this.#length++;
  }

  /** Takes out what ends at or below `durable`, in order. */
  drain(durable: number, visit: (first: number, last: number, receivedUs: number) => void): void {
    while (this.#length > 0) {
      const at = this.#head * FIELDS;
      if ((this.#ring[at + 2] ?? 0) > durable) return;
      this.#head = (this.#head + 1) % (this.#ring.length / FIELDS);
      this.#length--;
      visit(this.#ring[at] ?? 0, this.#ring[at + 1] ?? 0, this.#ring[at + 3] ?? 0);
    }
    if (this.#ring.length > KEPT_RECORDS_MAX * FIELDS) this.#ring = NONE;
    this.#head = 0;
  }

  #grow(): void {
    const larger = new Float64Array(Math.max(RECORDS_MIN * FIELDS, this.#ring.length * 2));
    const head = this.#head * FIELDS;
    larger.set(this.#ring.subarray(head));
    larger.set(this.#ring.subarray(0, head), this.#ring.length - head);
    this.#ring = larger;
    this.#head = 0;
  }
}
