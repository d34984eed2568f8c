import { expect, test } from 'vitest';
import { deviceProfiles } from '../device-profiles.js';
import { ackUs, frameUs, WAIT_US } from './airtime.js';
import { frameJ, frameModel, framesIn, frameUse, type FrameModel } from './frames.js';
import { traceOf } from '../trace.testing.js';

function model(name: string): FrameModel {
  const { radio } = deviceProfiles().find((each) => each.name === name)!;
  if (radio.kind !== 'frames') throw new Error(`${name} has no frames`);
  return frameModel(radio);
}

const SERRANO = model('pi1-serrano2015');
/** What the source calls l is all behind the MAC header: an IP packet and 8 octets of LLC and SNAP. */
const LLC = 8;

test.each([
  // 20 + 4 * ceil((30.75 + 150) / 12) = 20 + 4 * 16
  { bytes: 150, rate: 24, us: 84 },
  // 20 + 4 * ceil((30.75 + 1019) / 12) = 20 + 4 * 88
  { bytes: 1019, rate: 24, us: 372 },
  // 20 + 4 * ceil(180.75 / 3) = 20 + 4 * 61
  { bytes: 150, rate: 6, us: 264 },
  // 20 + 4 * ceil(180.75 / 6) = 20 + 4 * 31
  { bytes: 150, rate: 12, us: 144 },
  // 20 + 4 * ceil(180.75 / 24) = 20 + 4 * 8
  { bytes: 150, rate: 48, us: 52 },
  // 20 + 4 * ceil(180.75 / 27) = 20 + 4 * 7
  { bytes: 150, rate: 54, us: 48 },
])('$bytes octets at $rate Mbps are $us us in the air', ({ bytes, rate, us }) => {
  expect(frameUs(bytes, rate)).toBe(us);
});

test('an acknowledgement is in the air for 20 + 4 * ceil(16.75 / B)', () => {
  expect([6, 12, 24].map(ackUs)).toEqual([44, 32, 28]);
  // DIFS 34, 7.5 slots of 9, SIFS 16
  expect(WAIT_US).toBe(117.5);
});

test('at 24 Mbps and 15 dBm a frame of 150 octets costs 190 uJ, one of 1,019 costs 405 uJ', () => {
  // 126 uJ + 748.8 mW * 84 us + 31.6 mW * 28 us = 126 + 62.8992 + 0.8848
  expect(frameJ(SERRANO, 150 - LLC, true) * 1e6).toBeCloseTo(189.784, 9);
  // 126 uJ + 748.8 mW * 372 us + 31.6 mW * 28 us = 126 + 278.5536 + 0.8848
  expect(frameJ(SERRANO, 1019 - LLC, true) * 1e6).toBeCloseTo(405.4384, 9);
});

test('871 bytes of header in place of 2 make a frame cost about twice, not 435 times', () => {
  const ratio = frameJ(SERRANO, 1019 - LLC, true) / frameJ(SERRANO, 150 - LLC, true);
  expect(ratio).toBeGreaterThan(2);
  expect(ratio).toBeLessThan(2.2);
});

test('a frame received costs its reception and the acknowledgement sent', () => {
  // 126 uJ + 31.6 mW * 84 us + 748.8 mW * 28 us = 126 + 2.6544 + 20.9664
  expect(frameJ(SERRANO, 150 - LLC, false) * 1e6).toBeCloseTo(149.6208, 9);
});

test('acknowledgements go at 24 Mbps at most, with the powers of that rate', () => {
  const { radio } = deviceProfiles().find(({ name }) => name === 'pi1-serrano2015')!;
  if (radio.kind !== 'frames') throw new Error('frames expected');
  const fast = frameModel({ ...radio, rateMbps: 48 });
  expect(fast).toMatchObject({ txW: 0.8066, rxW: 0.0634, ackRateMbps: 24, ackRxW: 0.0316 });
  expect(fast.ackTxW).toBeCloseTo(0.7488, 12);
  const slow = frameModel({ ...radio, rateMbps: 6, txDbm: 6 });
  expect(slow).toMatchObject({ txW: 0.5936, ackRateMbps: 6 });
  expect(slow.ackRxW).toBeCloseTo(0.0051, 12);
});

test('an ESP32 pays for listening while it waits for the channel', () => {
  // 142 + 8 octets at 54 Mbps: 866.25 mW * 48 us + 255.75 mW * (28 us of the acknowledgement + 117.5 us of waiting)
  const uj = 41.58 + 7.161 + 30.050625;
  expect(frameJ(model('esp32-wifi'), 142, true) * 1e6).toBeCloseTo(uj, 9);
});

test('packets of the window alone are counted, each as a frame, a bare TCP acknowledgement too', () => {
  const trace = traceOf([
    { atS: 0.5, bytes: 142, up: true },
    { atS: 1, bytes: 142, up: true },
    { atS: 1.1, bytes: 52, up: false },
    { atS: 2, bytes: 142, up: true },
  ]);
  const observation = { trace, fromUs: 1e6, toUs: 2e6, before: 'trace' as const };
  const use = frameUse(SERRANO, framesIn(observation), observation);
  expect(use.marginalJ).toBeCloseTo(frameJ(SERRANO, 142, true) + frameJ(SERRANO, 52, false), 15);
  // 52 + 8 octets: 20 + 4 * ceil(90.75 / 12) = 52 us
  expect(use.states.sending).toBeCloseTo((84 + 28) / 1e6, 12);
  expect(use.states.receiving).toBeCloseTo((52 + 28) / 1e6, 12);
});
