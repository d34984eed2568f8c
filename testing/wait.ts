export interface WaitOptions {
  /** What is waited for, for the error. */
  readonly what?: string;
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

/** Resolves with the first truthy value of `condition`; rejects after the (generous) timeout, saying what was awaited. */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<NonNullable<T>> {
  const { what = condition.toString(), timeoutMs = 30_000, everyMs = 10 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== null && value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
