/** What has been opened, closed in reverse order. One that fails to close does not keep the others open. */
export class Closers {
  readonly #open: { readonly what: string; readonly close: () => Promise<void> | void }[] = [];

  add<T>(what: string, thing: T, close: (thing: T) => Promise<void> | void): T {
    this.#open.push({ what, close: () => close(thing) });
    return thing;
  }

  /** Closes everything and returns what went wrong. */
  async closeAll(): Promise<{ readonly what: string; readonly error: unknown }[]> {
    const failures: { what: string; error: unknown }[] = [];
    for (let next = this.#open.pop(); next !== undefined; next = this.#open.pop()) {
      try {
        await next.close();
      } catch (error) {
        failures.push({ what: next.what, error });
      }
    }
    return failures;
  }
}
