/** Resolves after `ms`; at once when that is over. */
export function pause(ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asks again and again; false when `timeoutMs` have passed, or the signal is aborted, without a yes. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (signal?.aborted === true || performance.now() > deadline) return false;
    await pause(20);
  }
  return true;
}
