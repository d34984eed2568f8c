/**
 * Frames that a device may have unanswered, as it was last told, and how many it has. Credit may shrink while frames are
 * on the way; beyond twice the most that was ever granted it is abuse.
 */
const EXCESS = 2;

export class Credit {
  #told = 0;
  #most = 0;
  #unanswered = 0;

  /** What the device was told last. */
  get told(): number {
    return this.#told;
  }

  /** Most frames that may be unanswered before the device is cut off. */
  get limit(): number {
    return EXCESS * this.#most;
  }

  /** The device is being told of this credit. */
  tell(credit: number): number {
    this.#told = credit;
    this.#most = Math.max(this.#most, credit);
    return credit;
  }

  /** A frame was taken. False when that is more than the device may have unanswered. */
  spend(): boolean {
    this.#unanswered++;
    return this.#unanswered <= this.limit;
  }

  /** Frames were answered; some may have come on an earlier connection. */
  regain(frames: number): void {
    this.#unanswered = Math.max(0, this.#unanswered - frames);
  }
}
