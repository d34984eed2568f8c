import type { Timers } from '@weir/runtime';

/** Resolves after `ms`, or as soon as the signal is aborted. */
export function pause(ms: number, timers: Timers, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = (): void => {
      cancel();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = timers.after(ms, wake);
    signal.addEventListener('abort', wake);
  });
}
