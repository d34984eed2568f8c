import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { deviceProfiles, type DeviceProfile } from './device-profiles.js';
import { energyOf, type ModelledEnergy } from './energy.js';
import { steady, traceOf, type Packet } from './trace.testing.js';

const PROFILES = deviceProfiles();

function profile(name: string): DeviceProfile {
  return PROFILES.find((each) => each.name === name)!;
}

function energy(name: string, packets: readonly Packet[], toS: number, fromS = 0, cpuS = 0): ModelledEnergy {
  return energyOf(profile(name), {
    trace: traceOf(packets),
    fromUs: fromS * 1e6,
    toUs: toS * 1e6,
    before: 'trace',
    cpuS,
  });
}

const sumOf = (states: Readonly<Record<string, number>>): number =>
  Object.values(states).reduce((sum, each) => sum + each, 0);

describe('every profile', () => {
  test('that the package brings is there', () => {
    expect(PROFILES.map(({ name }) => name)).toEqual([
      'esp32-wifi',
      'pi-zero-3g',
      'pi1-serrano2015',
      'pi3b-lte',
      'pi3b-plus-wifi',
      'pi3b-wifi',
      'pi4b-wifi',
      'zero2w-3g',
      'zero2w-wifi-aro',
      'zero2w-wifi',
    ]);
  });

  test('is in docs/energy.md, with its radio', () => {
    const page = readFileSync(new URL('../../../docs/energy.md', import.meta.url), 'utf8');
    for (const { name, radio } of PROFILES)
      expect(page).toMatch(new RegExp(`^\\| \`${name}\` .*\`${radio.name}\``, 'm'));
  });

  test.each(PROFILES.map(({ name }) => name))('%s: no packet and no CPU is idle', (name) => {
    const idle = energy(name, [], 60);
    expect(idle.marginalJ).toBe(0);
    expect(idle.totalJ).toBe(idle.idleJ);
    expect(idle.states.idle).toBe(60);
    for (const [third, triple] of Object.values(idle.sensitivity)) expect([third, triple]).toEqual([0, 0]);
  });

  test.each(PROFILES.map(({ name }) => name))('%s: parts make the whole, and states the window', (name) => {
    const run = energy(name, steady(0.25, 30, 200), 30, 10, 0.5);
    expect(run.source).toBe('modelled');
    expect(run.marginalJ).toBeCloseTo(run.radioJ + run.cpuJ, 9);
    expect(run.totalJ).toBeCloseTo(run.idleJ + run.marginalJ, 9);
    expect(sumOf(run.states)).toBeCloseTo(20, 6);
  });

  test.each(PROFILES.map(({ name }) => name))('%s: more power or time never costs less', (name) => {
    const run = energy(name, steady(0.7, 30, 900), 30, 10, 0.5);
    const lessForMore = /idle\.|pingPeriodS|[rR]ateMbps|keptBy|carries/;
    for (const [figure, [third, triple]] of Object.entries(run.sensitivity)) {
      if (lessForMore.test(figure)) continue;
      expect(third, figure).toBeLessThanOrEqual(run.marginalJ + 1e-12);
      expect(triple, figure).toBeGreaterThanOrEqual(run.marginalJ - 1e-12);
    }
  });
});

describe('CPU', () => {
  test('costs its seconds by slowdown by power of a core', () => {
    // 2 s here are 7.8 s of a Raspberry Pi 3B, of whose 2.3 W beyond idle a core has a quarter.
    expect(energy('pi3b-wifi', [], 10, 0, 2).cpuJ).toBeCloseTo((2 * 3.9 * (3.7 - 1.4)) / 4, 12);
    expect(energy('pi3b-wifi', [], 10, 0, 2).idleJ).toBeCloseTo(14, 12);
  });

  test('of an unknown slowdown is taken as it is, and the profile says so', () => {
    expect(energy('esp32-wifi', [], 10, 0, 2).cpuJ).toBeCloseTo((2 * (0.2244 - 0.066)) / 2, 12);
    expect(profile('esp32-wifi').notes.at(-1)).toMatch(/taken for one of the ESP32/);
    expect(profile('pi3b-wifi').notes.join()).not.toMatch(/taken for one of/);
  });

  test('a third of the slowdown is a third of the energy', () => {
    const run = energy('pi3b-wifi', [], 10, 0, 2);
    expect(run.sensitivity['cpu.slowdown']?.[0]).toBeCloseTo(run.cpuJ / 3, 12);
    expect(run.sensitivity['cpu.coreW']?.[1]).toBeCloseTo(run.cpuJ * 3, 12);
  });
});

test('a window without length is refused', () => {
  expect(() => energy('pi3b-wifi', [], 0)).toThrow(RangeError);
});
