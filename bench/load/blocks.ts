/** Blocks in use: the frames of consecutive writes differ, and all blocks together stay in the processor's cache. */
const BLOCKS = 8;

/** Blocks of messages, handed out in turn. */
export class Blocks<B> {
  readonly #make: (seed: number) => B;
  readonly #blocks: (B | undefined)[] = [];
  #seed: number;
  #turn = 0;

  constructor(seed: number, make: (seed: number) => B) {
    this.#make = make;
    this.#seed = seed;
  }

  take(): B {
    this.#turn = (this.#turn + 1) % BLOCKS;
    return (this.#blocks[this.#turn] ??= this.#make(this.#seed++));
  }

  /** A socket keeps the bytes of this one for a while: it is not handed out again. */
  lost(block: B): void {
    this.#blocks[this.#blocks.indexOf(block)] = undefined;
  }
}
