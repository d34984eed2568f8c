/** When each virtual device takes its readings: the same rate for all, phases spread evenly, one timer for the whole fleet. */
import type { Clock, Timers } from '@weir/runtime';

export interface FleetSchedule {
  stop(): void;
}

export interface FleetScheduleOptions {
  readonly devices: number;
  readonly rateHz: number;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Called with the device's index and the time (monotonic us) at which its readings are due. */
  readonly take: (device: number, dueUs: number) => void;
}

const TICK_MS_MIN = 5;
/** After a stall longer than this many periods the missed readings are left out: a sensor not read has no value. */
const CATCH_UP_PERIODS = 2;

export function startFleetSchedule({
  devices,
  rateHz,
  clock,
  timers,
  take,
}: FleetScheduleOptions): FleetSchedule {
  const spacingUs = 1e6 / rateHz / devices;
  const startUs = clock.monotonicUs();
  let slot = 0;
  let cancel = (): void => undefined;
  const tick = (): void => {
    const now = clock.monotonicUs();
    const due = Math.floor((now - startUs) / spacingUs);
    slot = Math.max(slot, due - devices * CATCH_UP_PERIODS);
    for (; slot <= due; slot++) take(slot % devices, Math.round(startUs + slot * spacingUs));
    cancel = timers.after(Math.max(TICK_MS_MIN, (slot * spacingUs + startUs - now) / 1000), tick);
  };
  tick();
  return { stop: () => cancel() };
}
