import { systemTimers, type Timers } from '@weir/runtime';

/** The machine's timers, but for waits of one length, which end when the test says so. */
export function patientTimers(waitMs: number): Timers & { pass: () => void } {
  const due = new Set<() => void>();
  return {
    after(delayMs, run) {
      if (delayMs !== waitMs) return systemTimers.after(delayMs, run);
      due.add(run);
      return () => due.delete(run);
    },
    pass() {
      const now = [...due];
      due.clear();
      for (const run of now) run();
    },
  };
}
