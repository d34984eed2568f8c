import { describe, expect, it } from 'vitest';
import { gpioInputSchema } from '../config.js';
import { ManualTime } from '../manual-time.testing.js';
import { VERSION_1 } from './dialect-v1.js';
import { VERSION_2 } from './dialect-v2.js';
import { monotonicOfEdge } from './event-time.js';
import { inputGroups } from './input-groups.js';
import { chipNamed } from './toolbox.js';

describe('an edge', () => {
  it.each([
    [VERSION_1, '17 1 4321 5678', { line: 17, rising: true, timeUs: 4_321_000_005 }],
    [VERSION_1, '17 0 4321 999999999', { line: 17, rising: false, timeUs: 4_321_999_999 }],
    [VERSION_1, '17 2 4321 5678', null],
    [VERSION_2, '17 1 4321.000005678', { line: 17, rising: true, timeUs: 4_321_000_005 }],
    [VERSION_2, '17 2 4321.999999999', { line: 17, rising: false, timeUs: 4_321_999_999 }],
    [VERSION_2, '17 1 4321.5678', null],
    [VERSION_2, "Monitoring line '17'...", null],
  ] as const)('by version $version: %s', (dialect, text, expected) => {
    expect(dialect.edge(text)).toEqual(expected);
  });

  it('keeps its time when the kernel counts as the agent does, and never lies in the future', () => {
    const time = new ManualTime(50_000_000);
    expect(monotonicOfEdge(49_999_000, time)).toBe(49_999_000);
    expect(monotonicOfEdge(50_000_400, time)).toBe(50_000_000);
  });

  it('is moved to the monotonic clock when the kernel stamps by the time of day', () => {
    const time = new ManualTime(50_000_000);
    expect(monotonicOfEdge(time.utcUs() - 250_000, time)).toBe(49_750_000);
    expect(monotonicOfEdge(time.utcUs() + 900, time)).toBe(50_000_000);
  });
});

describe('a chip', () => {
  const detected =
    'gpiochip0 [pinctrl-bcm2711] (58 lines)\ngpiochip1 [exp (x) [y]] (8 lines)\ngpiochip2 [dup] (1 lines)\ngpiochip3 [dup] (1 lines)\n';

  it('is found by label, name or path', () => {
    expect(chipNamed('pinctrl-bcm2711', detected)).toBe('gpiochip0');
    expect(chipNamed('exp (x) [y]', detected)).toBe('gpiochip1');
    expect(chipNamed('gpiochip3', detected)).toBe('gpiochip3');
    expect(chipNamed('/dev/gpiochip3', detected)).toBe('gpiochip3');
  });

  it('must be one and be there', () => {
    expect(() => chipNamed('dup', detected)).toThrow('is the label of several GPIO chips');
    expect(() => chipNamed('x', '')).toThrow('there are: none');
  });
});

describe('input groups', () => {
  it('are of equal settings and at most 64 lines', () => {
    const input = (line: number, more: object = {}): ReturnType<typeof gpioInputSchema.parse> =>
      gpioInputSchema.parse({ line, ...more });
    const inputs = Object.fromEntries(Array.from({ length: 70 }, (_, line) => [`i${line}`, input(line)]));
    const groups = inputGroups({ ...inputs, low: input(100, { active_low: true }) });
    expect(groups.map(({ lines }) => lines.length)).toEqual([64, 6, 1]);
    expect(groups[2]?.channels).toEqual(new Map([[100, 'low']]));
  });
});
