import { describe, expect, it } from 'vitest';
import { ClockWatch } from './clock-watch.js';

describe('the watch over the hub’s clock', () => {
  it('tells when it was set and by how much, and nothing while it is slewed or time just passes', () => {
    const clock = { atUs: 0, offsetUs: 1_790_000_000e6, monotonicUs: () => 0, utcUs: () => 0 };
    clock.monotonicUs = () => clock.atUs;
    clock.utcUs = () => clock.atUs + clock.offsetUs;
    const steps: number[] = [];
    const watch = new ClockWatch(clock, (byUs) => steps.push(byUs));
    const second = (byUs: number): void => {
      clock.atUs += 1e6;
      clock.offsetUs += byUs;
      watch.look();
    };
    for (let i = 0; i < 100; i++) second(500);
    expect(steps).toEqual([]);
    second(-3_600e6);
    second(0);
    second(20_000);
    expect(steps).toEqual([-3_600e6, 20_000]);
  });

  it('is not misled by a thread that is held up while it reads the clocks', () => {
    let now = 0;
    let held = [0, 0, 0];
    const clock = {
      monotonicUs: () => (now += 1),
      utcUs: () => (now += held.shift() ?? 0) + 1_790_000_000e6,
    };
    const steps: number[] = [];
    const watch = new ClockWatch(clock, (byUs) => steps.push(byUs));
    held = [80_000, 0, 0];
    watch.look();
    expect(steps).toEqual([]);
  });
});
