import { WeirError } from '@weir/runtime';

/** Lets so many through at a time, and so many wait. Times and signals are the caller's. */
export class Gate {
  readonly #limits: { readonly running: number; readonly waiting: number };
  #running = 0;
  readonly #waiting = new Set<() => void>();

  constructor(limits: { readonly running: number; readonly waiting: number }) {
    this.#limits = limits;
  }

  /** Runs `work` when there is room. Throws `history.busy` at once when too many wait, or the signal's reason. */
  async pass<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.#running < this.#limits.running) this.#running += 1;
    else await this.#wait(signal);
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  /** Resolves with the place of one that left. */
  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#limits.waiting) {
      const { running, waiting } = this.#limits;
      const text = `${running} history queries are running and ${waiting} waiting, which is the limit`;
      throw new WeirError('history.busy', text, { retryable: true, details: { running, waiting } });
    }
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#waiting.delete(enter);
        signal.removeEventListener('abort', leave);
      };
      const enter = (): void => {
        done();
        resolve();
      };
      const leave = (): void => {
        done();
        reject(WeirError.from(signal.reason));
      };
      this.#waiting.add(enter);
      signal.addEventListener('abort', leave);
    });
  }
}
