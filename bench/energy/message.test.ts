import { describe, expect, test } from 'vitest';
import { deviceProfiles, type DeviceProfile } from './device-profiles.js';
import { energyAtRates, energyOfMessage, type MessageCost } from './message.js';

const PROFILES = deviceProfiles();
const RATES = [0.01, 0.1, 1, 4, 25, 100, 500];
const MESSAGE: MessageCost = { upPackets: 1, upBytes: 142, downPackets: 1, downBytes: 52, cpuS: 0 };

function profile(name: string): DeviceProfile {
  return PROFILES.find((each) => each.name === name)!;
}

describe('one message alone', () => {
  test('costs about 11 J on LTE and 8.76 J on 3G: the whole tail is its own', () => {
    expect(energyOfMessage(profile('pi3b-lte'), MESSAGE).radioJ).toBeCloseTo(11.16, 1);
    expect(energyOfMessage(profile('zero2w-3g'), MESSAGE).radioJ).toBeCloseTo(8.76, 9);
  });

  test('costs its two frames on Wi-Fi', () => {
    // 142 B up: 189.784 uJ. 52 B down: 126 + 31.6 mW * 52 us + 748.8 mW * 28 us
    const uj = 189.784 + (126 + 1.6432 + 20.9664);
    expect(energyOfMessage(profile('pi1-serrano2015'), MESSAGE).radioJ * 1e6).toBeCloseTo(uj, 6);
  });

  test('has its CPU too', () => {
    const { cpuJ, marginalJ, radioJ } = energyOfMessage(profile('pi3b-lte'), { ...MESSAGE, cpuS: 0.01 });
    expect(cpuJ).toBeCloseTo((0.01 * 3.9 * 2.3) / 4, 12);
    expect(marginalJ).toBeCloseTo(radioJ + cpuJ, 12);
  });
});

describe('a stream of messages', () => {
  test.each(PROFILES.map(({ name }) => name))('%s: far apart, each costs what one alone costs', (name) => {
    const [slow] = energyAtRates(profile(name), MESSAGE, [0.01]);
    expect(slow?.joulesPerMessage).toBeCloseTo(energyOfMessage(profile(name), MESSAGE).marginalJ, 6);
  });

  test.each(PROFILES.map(({ name }) => name))('%s: more messages never make one dearer', (name) => {
    const curve = energyAtRates(profile(name), MESSAGE, RATES).map((each) => each.joulesPerMessage);
    curve.slice(1).forEach((joules, i) => expect(joules).toBeLessThanOrEqual(curve[i]! + 1e-9));
  });

  test('at 4 Hz an LTE radio is kept awake at about 1.1 W, whatever is said', () => {
    const [awake] = energyAtRates(profile('pi3b-lte'), MESSAGE, [4]);
    // 0.1 s active, 0.02 s short DRX, 0.13 s long DRX of each 0.25 s, less idling, and the bytes
    const idleW = (0.043 / 1.28) * 0.594;
    const radioJ = 0.1 * 1.2 + 0.02 * 1.122 + 0.13 * 1.091 - 0.25 * idleW;
    const bytesJ = 142 * 8e-6 * 0.43839 + 52 * 8e-6 * 0.05197;
    // The acknowledgement comes 1 ms after the message and keeps the radio active for so much longer.
    expect(awake?.joulesPerMessage).toBeCloseTo(radioJ + bytesJ + 0.001 * (1.2 - 1.091), 9);
  });

  test('fractions of packets add up', () => {
    const half = { ...MESSAGE, downPackets: 0.5, downBytes: 26 };
    const [whole] = energyAtRates(profile('pi1-serrano2015'), MESSAGE, [4]);
    const [less] = energyAtRates(profile('pi1-serrano2015'), half, [4]);
    const ackUj = 126 + 1.6432 + 20.9664;
    expect((whole!.joulesPerMessage - less!.joulesPerMessage) * 1e6).toBeCloseTo(ackUj / 2, 6);
  });
});
