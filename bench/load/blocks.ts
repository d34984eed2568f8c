import { FrameBlock } from './frame-block.js';

/** Blocks in use: the frames of consecutive writes differ, and all blocks together stay in the processor's cache. */
const BLOCKS = 8;

/** Frame blocks, handed out in turn. */
export class Blocks {
  readonly #make: (seed: number) => FrameBlock;
  readonly #blocks: (FrameBlock | undefined)[] = [];
  #seed: number;
  #turn = 0;

  constructor(readingsPerFrame: number, slots: number, seed: number) {
    this.#make = (each) => new FrameBlock(readingsPerFrame, slots, each);
    this.#seed = seed;
  }

  take(): FrameBlock {
    this.#turn = (this.#turn + 1) % BLOCKS;
    return (this.#blocks[this.#turn] ??= this.#make(this.#seed++));
  }

  /** A socket keeps the bytes of this one for a while. */
  lost(block: FrameBlock): void {
    this.#blocks[this.#blocks.indexOf(block)] = undefined;
  }
}
