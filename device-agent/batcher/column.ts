import type { ChannelType, Column, ReadingValue } from '@weir/protocol';

const CAPACITY_MIN = 8;

/** Readings of one channel between two flushes, in arrays that grow once and are used again: no object per reading. */
export interface GrowingColumn {
  readonly length: number;
  push(timeUs: number, value: ReadingValue): void;
  /** The readings as a column of a frame; a view that is valid until the next `push` or `clear`. */
  view(): Column;
  clear(): void;
}

export function growingColumn(channel: number, type: ChannelType): GrowingColumn {
  if (type === 'number') return new NumberColumn(channel);
  return type === 'boolean' ? new ListColumn<boolean>(channel) : new ListColumn<string>(channel);
}

class NumberColumn implements GrowingColumn {
  length = 0;
  readonly #channel: number;
  #times = new Float64Array(CAPACITY_MIN);
  #values = new Float64Array(CAPACITY_MIN);

  constructor(channel: number) {
    this.#channel = channel;
  }

  push(timeUs: number, value: ReadingValue): void {
    if (this.length === this.#times.length) {
      this.#times = doubled(this.#times);
      this.#values = doubled(this.#values);
    }
    this.#times[this.length] = timeUs;
    this.#values[this.length++] = value as number;
  }

  view(): Column {
    return {
      channel: this.#channel,
      times: this.#times.subarray(0, this.length),
      values: this.#values.subarray(0, this.length),
    };
  }

  clear(): void {
    this.length = 0;
  }
}

class ListColumn<T extends boolean | string> implements GrowingColumn {
  readonly #channel: number;
  #times = new Float64Array(CAPACITY_MIN);
  #values: T[] = [];

  constructor(channel: number) {
    this.#channel = channel;
  }

  get length(): number {
    return this.#values.length;
  }

  push(timeUs: number, value: ReadingValue): void {
    if (this.length === this.#times.length) this.#times = doubled(this.#times);
    this.#times[this.length] = timeUs;
    this.#values.push(value as T);
  }

  view(): Column {
    const values = this.#values as readonly boolean[] | readonly string[];
    return { channel: this.#channel, times: this.#times.subarray(0, this.length), values };
  }

  clear(): void {
    this.#values = [];
  }
}

function doubled(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}
