import { describe, expect, test } from 'vitest';
import { deviceProfiles } from '../device-profiles.js';
import type { StateRadio } from '../profile-schema.js';
import { steady, traceOf, type Packet } from '../trace.testing.js';
import type { RadioUse } from './observation.js';
import { settleS, stateUse } from './states.js';

function radio(name: string): StateRadio {
  const found = deviceProfiles().find((each) => each.radio.name === name)!.radio;
  if (found.kind !== 'states') throw new Error(`${name} has no states`);
  return found;
}

const LTE = radio('lte-aro');
const UMTS = radio('3g-aro');
const WIFI = radio('wifi-aro');

function use(
  model: StateRadio,
  packets: readonly Packet[],
  toS: number,
  fromS = 0,
  before: 'trace' | 'rhythm' = 'trace',
): RadioUse {
  return stateUse(model, { trace: traceOf(packets), fromUs: fromS * 1e6, toUs: toS * 1e6, before });
}

const up = (atS: number, bytes = 100): Packet => ({ atS, bytes, up: true });

describe('LTE', () => {
  const idleW = (0.043 / 1.28) * 0.594;
  const longDrxW = (0.002 * 1.68 + 0.038 * 1.06) / 0.04;
  const shortDrxW = (0.002 * 1.68 + 0.018 * 1.06) / 0.02;

  test('one isolated message costs about 11 J', () => {
    const { marginalJ, states } = use(LTE, [up(1, 100)], 60);
    expect(states).toEqual({
      idle: 48.62 + 1,
      promotion: 0.26,
      active: 0.1,
      'short DRX': 0.02,
      'long DRX': 10,
    });
    // 0.26 s * 1.21 W + 0.1 * 1.2 + 0.02 * 1.122 + 10 * 1.091 = 11.367 J, less what idling takes, and 100 bytes
    const radioJ = 0.26 * 1.21 + 0.1 * 1.2 + 0.02 * shortDrxW + 10 * longDrxW;
    const bytesJ = 100 * 8e-6 * 0.43839;
    expect(radioJ).toBeCloseTo(11.367, 3);
    expect(marginalJ).toBeCloseTo(radioJ - 10.38 * idleW + bytesJ, 9);
    expect(marginalJ).toBeGreaterThan(11);
    expect(marginalJ).toBeLessThan(11.4);
  });

  test('at 4 Hz the radio never sleeps, and 869 bytes of header more are about a hundredth', () => {
    const lean = use(LTE, steady(0.25, 60, 150), 60, 20);
    const wordy = use(LTE, steady(0.25, 60, 1019), 60, 20);
    expect(lean.states.idle).toBe(0);
    expect(lean.states.promotion).toBe(0);
    expect(lean.states.active).toBeCloseTo(160 * 0.1, 6);
    expect(lean.states['long DRX']).toBeCloseTo(160 * 0.13, 6);
    const ratio = wordy.marginalJ / lean.marginalJ;
    expect(ratio).toBeGreaterThan(1.005);
    expect(ratio).toBeLessThan(1.015);
  });

  test('power follows throughput: 8 Mb up in a second are 438.39 mW for 8 s', () => {
    const packets = steady(0.001, 1, 1000);
    const bytesJ = use(LTE, packets, 1).marginalJ - use({ ...LTE, upMwPerMbps: 0 }, packets, 1).marginalJ;
    expect(bytesJ).toBeCloseTo(8 * 0.43839, 9);
    const down = packets.map((packet) => ({ ...packet, up: false }));
    const downJ = use(LTE, down, 1).marginalJ - use({ ...LTE, downMwPerMbps: 0 }, down, 1).marginalJ;
    expect(downJ).toBeCloseTo(8 * 0.05197, 9);
  });

  test('packets during a promotion wait for its end', () => {
    const { states } = use(LTE, [up(0), up(0.1), up(0.25)], 20);
    expect(states).toMatchObject({ promotion: 0.26, active: 0.1, 'long DRX': 10 });
  });
});

describe('a window', () => {
  test('begins in the state that the packets before it left', () => {
    const { states } = use(LTE, [up(0)], 20, 5);
    // Promotion, active and short DRX are over at 0.38 s; long DRX ends at 10.38 s.
    expect(states.promotion).toBe(0);
    expect(states['long DRX']).toBeCloseTo(5.38, 9);
    expect(states.idle).toBeCloseTo(9.62, 9);
  });

  test('has of a tail what lies in it', () => {
    expect(use(LTE, [up(0)], 1).states['long DRX']).toBeCloseTo(0.62, 9);
  });

  test('parts of a stretch make up the whole', () => {
    const packets = [up(0.2), up(3), up(16, 700), up(16.1, 700), up(40)];
    for (const model of [LTE, UMTS, WIFI]) {
      const parts = [0, 3, 3.1, 16.05, 30, 60].map((fromS, i, all) => ({ fromS, toS: all[i + 1] }));
      const partsJ = parts
        .filter(({ toS }) => toS !== undefined)
        .reduce((sum, { fromS, toS }) => sum + use(model, packets, toS!, fromS).marginalJ, 0);
      expect(partsJ).toBeCloseTo(use(model, packets, 60).marginalJ, 9);
    }
  });
});

describe('a window of a steady exchange', () => {
  const hourW = (model: StateRadio, everyS: number, bytes: number): number =>
    use(model, steady(everyS, 3600, bytes), 3600, 1800).marginalJ / 1800;

  test.each([
    { everyS: 0.25, bytes: 100 },
    { everyS: 1, bytes: 100 },
    { everyS: 1, bytes: 900 },
    { everyS: 6, bytes: 100 },
    { everyS: 6, bytes: 900 },
  ])('of 12 s is as half an hour after another: $bytes B every $everyS s', ({ everyS, bytes }) => {
    for (const model of [LTE, UMTS, WIFI]) {
      // It has nothing before it, or what would mislead: a long connection that kept DCH.
      for (const start of [[], steady(0.01, 1, 1400)]) {
        const packets = [
          ...start,
          ...steady(everyS, 12, bytes).map((each) => ({ ...each, atS: each.atS + 2 })),
        ];
        const { marginalJ } = use(model, packets, 14, 2, 'rhythm');
        expect(marginalJ / 12).toBeCloseTo(hourW(model, everyS, bytes), 9);
      }
    }
  });

  test('without packets is idle', () => {
    expect(use(LTE, [up(0)], 20, 5, 'rhythm')).toMatchObject({ marginalJ: 0, states: { idle: 15 } });
  });
});

describe('3G', () => {
  test('one message: 2 s of promotion, 5 s of DCH, 12 s of FACH', () => {
    const { states, marginalJ } = use(UMTS, [up(1)], 60);
    expect(states).toMatchObject({ promotion: 2, DCH: 5, FACH: 12, idle: 41 });
    expect(marginalJ).toBeCloseTo(2 * 0.53 + 5 * 0.7 + 12 * 0.35, 12);
  });

  test('small messages fall to FACH and stay there; long ones call for DCH', () => {
    const small = use(UMTS, steady(1, 120, 100), 120, 60);
    expect(small.states).toMatchObject({ FACH: 60, DCH: 0 });
    const long = use(UMTS, steady(1, 120, 900), 120, 60);
    expect(long.states).toMatchObject({ FACH: 0, DCH: 60 });
    expect(long.marginalJ / small.marginalJ).toBeCloseTo(2, 9);
  });

  test('a packet over 543 bytes in FACH is promoted in 1.5 s', () => {
    const { states } = use(UMTS, [up(0), up(10, 600)], 60);
    expect(states).toMatchObject({ promotion: 2, 'promotion from FACH': 1.5, DCH: 10, FACH: 3 + 12 });
  });

  test('small packets that come faster than the queue drains need DCH too', () => {
    // 300 B drain in 20 + 480 + 126 = 626 ms; a second one after 0.5 s makes 600 B, over 543.
    expect(use(UMTS, [up(0), up(10, 300), up(10.5, 300)], 60).states).toMatchObject({
      'promotion from FACH': 1.5,
    });
    expect(use(UMTS, [up(0), up(10, 300), up(10.7, 300)], 60).states).toMatchObject({
      'promotion from FACH': 0,
    });
  });

  test('DCH is kept by 320 bytes within 0.3 s', () => {
    // DCH from 2 to 7 s. Single packets at 4 and 6 s keep nothing; four of 100 B at 5.0 to 5.6 s keep it from the fourth on.
    expect(use(UMTS, [up(0), up(4), up(6)], 60).states).toMatchObject({ DCH: 5, FACH: 12 });
    const kept = use(UMTS, [up(0), up(5), up(5.2), up(5.4), up(5.6)], 60).states;
    expect(kept.DCH).toBeCloseTo(3.6 + 5, 9);
  });
});

test('Wi-Fi of a phone is awake for 0.25 s after a packet', () => {
  const { states, marginalJ } = use(WIFI, [up(1), up(1.1)], 10);
  expect(states.active).toBeCloseTo(0.35, 9);
  expect(marginalJ).toBeCloseTo(0.35 * (0.403 - 0.02), 9);
});

test('settling takes as long as the longest tail', () => {
  expect(settleS(LTE)).toBeCloseTo(10.38, 9);
  expect(settleS(WIFI)).toBe(0.25);
});
