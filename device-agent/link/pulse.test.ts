import { describe, expect, it } from 'vitest';
import { Pulse } from './pulse.js';

const S = 1_000_000;

describe('Pulse', () => {
  it('gives a hub that never says welcome 20 s', () => {
    const pulse = new Pulse(0);
    expect(pulse.dueUs()).toBe(20 * S);
    expect(pulse.verdict(20 * S - 1)).toBe('fine');
    expect(pulse.verdict(20 * S)).toBe('dead');
  });

  it('probes at once, soon after the first answers, then each 20 s', () => {
    const pulse = new Pulse(0);
    pulse.welcomed(0, 3_600_000);
    const probedAt: number[] = [];
    for (let nowUs = 0; nowUs < 70 * S; nowUs = Math.max(nowUs + 1, pulse.dueUs())) {
      if (pulse.verdict(nowUs) !== 'probe') continue;
      probedAt.push(Math.round(nowUs / 1000));
      pulse.probed(nowUs);
      pulse.inbound(nowUs + 1_000);
      pulse.answered(nowUs + 1_000);
    }
    expect(probedAt).toEqual([0, 1, 102, 503, 20_504, 40_505, 60_506]);
  });

  it('probes after a third of the deadline without traffic in one direction, not more often', () => {
    const pulse = new Pulse(0);
    pulse.welcomed(0, 9_000);
    pulse.probed(0);
    pulse.outbound(2 * S);
    expect(pulse.dueUs()).toBe(3 * S);
    expect(pulse.verdict(3 * S)).toBe('probe');
    pulse.probed(3 * S);
    expect(pulse.dueUs()).toBe(6 * S);
    pulse.probed(6 * S);
    expect(pulse.verdict(9 * S)).toBe('dead');
  });

  it('takes any inbound frame for life', () => {
    const pulse = new Pulse(0);
    pulse.welcomed(0, 9_000);
    pulse.inbound(8 * S);
    expect(pulse.verdict(16 * S)).not.toBe('dead');
    expect(pulse.verdict(17 * S)).toBe('dead');
  });

  it('bounds what the hub may ask for', () => {
    const pulse = new Pulse(0);
    pulse.welcomed(0, 1);
    expect(pulse.verdict(S - 1)).not.toBe('dead');
    expect(pulse.verdict(S)).toBe('dead');
  });
});
