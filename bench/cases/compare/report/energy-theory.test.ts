import { expect, test } from 'vitest';
import { deviceProfiles } from '../../../energy/device-profiles.js';
import { analyse } from '../analysis/analyse.js';
import { recordsOf, scenarioOf } from '../records.testing.js';
import type { Method } from '../scenario.js';
import { energyTheory } from './energy-theory.js';

const RATES = [0.1, 1, 100];

/** J per reading at each rate, by WebSocket or polls. */
function theoryOf(name: string, method: Method): (number | null)[] {
  const direction = method === 'poll' ? 'display' : 'uplink';
  const runs = recordsOf(RATES.map((rateHz) => scenarioOf({ method, direction, rateHz })));
  const { cells } = analyse(runs);
  const profile = deviceProfiles().find((each) => each.name === name)!;
  const theory = energyTheory(cells, runs, profile);
  return RATES.map((rateHz) => theory(cells.find(({ scenario }) => scenario.rateHz === rateHz)!));
}

test('a message by Wi-Fi frames costs the same at any rate, one that keeps LTE awake the less the more there are', () => {
  const [slow, plain, fast] = theoryOf('pi1-serrano2015', 'ws');
  expect(slow).toBeCloseTo(plain!, 9);
  expect(fast).toBeCloseTo(plain!, 9);
  const [slowLte, plainLte, fastLte] = theoryOf('pi3b-lte', 'ws');
  // At 0.1 Hz nearly a whole tail each, at 1 Hz a second of it.
  expect(slowLte).toBeGreaterThan(10);
  expect(plainLte).toBeGreaterThan(1);
  expect(plainLte).toBeLessThan(1.3);
  expect(fastLte).toBeLessThan(plainLte! / 50);
});

test('what asks at intervals of its own has no theory', () => {
  expect(theoryOf('pi3b-lte', 'poll')).toEqual([null, null, null]);
});
