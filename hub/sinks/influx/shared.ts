/**
 * One value for several users: made for the first, let go of after the last.
 *
 *   closed ──use──► open (users 1..n) ──last done──► closing ──► closed
 */
export class Shared<T> {
  readonly #close: (value: T) => Promise<void>;
  #value: Promise<T> | null = null;
  #closing: Promise<void> = Promise.resolve();
  #users = 0;

  constructor(close: (value: T) => Promise<void>) {
    this.#close = close;
  }

  /** The value, made by `open` unless it is there. Each call that resolves wants one of `release`. */
  async acquire(open: () => Promise<T>): Promise<T> {
    this.#users++;
    this.#value ??= this.#closing.then(open);
    try {
      return await this.#value;
    } catch (error) {
      this.#users--;
      this.#value = null;
      throw error;
    }
  }

  /** One user less. Resolves when the value is closed, if that was the last. */
  async release(): Promise<void> {
    if (--this.#users > 0 || this.#value === null) return;
    const closing = this.#value.then(this.#close);
    this.#value = null;
    this.#closing = closing.catch(() => undefined);
    await closing;
  }
}
