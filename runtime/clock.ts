import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';

/** Time, as handed to everything that needs it, so that tests and simulations can hand in their own. */
export interface Clock {
  /** Integer microseconds since the machine's boot. Never steps; the same for all processes of one boot. */
  monotonicUs(): number;
  /** Integer microseconds since 1970-01-01 UTC by the machine's own clock, which may be wrong and may step. */
  utcUs(): number;
}

/** One-shot timers. `after` returns the function that cancels. */
export interface Timers {
  after(ms: number, run: () => void): () => void;
}

/** UTC of `performance.now() === 0`, us. Moved when the system clock steps, which `performance` does not follow. */
let originUs = performance.timeOrigin * 1000;
const STEP_US = 2_000;

export const systemClock: Clock = {
  monotonicUs: () => Number(process.hrtime.bigint() / 1000n),
  utcUs() {
    const fine = originUs + performance.now() * 1000;
    const behind = Date.now() * 1000 + 500 - fine;
    if (Math.abs(behind) <= STEP_US) return Math.round(fine);
    originUs += behind;
    return Math.round(fine + behind);
  },
};

export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

let boot: string | undefined;

/** Identifies the machine's present boot, hence the origin of `monotonicUs`. Random where the system names none. */
export function bootId(): string {
  boot ??= readBootId();
  return boot;
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return randomUUID();
  }
}
