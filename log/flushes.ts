import type { WeirError } from '@weir/runtime';

interface Flush {
  readonly target: number;
  readonly resolve: () => void;
  readonly reject: (error: WeirError) => void;
}

/** Those who wait for an offset to become durable, in the order of their offsets. */
export class Flushes {
  #waiting: Flush[] = [];

  /** Resolves once `reached` is called with `target` or more. */
  wait(target: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ target, resolve, reject });
    });
  }

  reached(durable: number): void {
    const left = this.#waiting.findIndex(({ target }) => target > durable);
    const done = this.#waiting.splice(0, left < 0 ? this.#waiting.length : left);
    for (const { resolve } of done) resolve();
  }

  rejectAll(error: WeirError): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
