/**
 * Looks at a client's bytes as they pass and finds a packet that says it will be too long, before it is buffered. MQTT
 * allows 256 MiB; a parser that waits for the end of such a packet holds all of it in memory.
 *
 *   packet = type (1 byte), remaining length (1 to 4 bytes, 7 bits each, least first), that many bytes
 */
export class PacketGuard {
  readonly #maxBytes: number;
  /** Bytes of the present packet's body still to come. */
  #body = 0;
  /** Bytes seen of the present packet's header: 0 when a new packet begins. */
  #header = 0;
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** False when a packet in these bytes has a body over the limit, or a length that is none. */
  accepts(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#body > 0) {
        const skipped = Math.min(this.#body, chunk.length - at);
        this.#body -= skipped;
        at += skipped;
      } else if (!this.#headerByte(chunk[at++] ?? 0)) return false;
    }
    return true;
  }

  #headerByte(byte: number): boolean {
    const position = this.#header++;
    if (position === 0) {
      this.#length = 0;
      return true;
    }
    this.#length += (byte & 0x7f) * 128 ** (position - 1);
    if (this.#length > this.#maxBytes || (position === 4 && byte >= 128)) return false;
    if (byte < 128) {
      this.#body = this.#length;
      this.#header = 0;
    }
    return true;
  }
}
