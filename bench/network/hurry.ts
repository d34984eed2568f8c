import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

const PRIORITY = -15;
const TIMER_SLACK_NS = 1_000;

/** Puts this process before those that are measured, and its timers on time, as far as the system lets it. */
export function hurry(): void {
  for (const step of [
    () => setPriority(PRIORITY),
    () => writeFileSync('/proc/self/timerslack_ns', String(TIMER_SLACK_NS)),
  ])
    try {
      step();
    } catch {
      continue;
    }
}
