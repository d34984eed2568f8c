/** Numbers and conditions as a person reads them. */
import { significant } from '../../../report/columns.js';
import type { Impairment, Impairments } from '../../../network/impairments.js';
import type { Estimate } from '../analysis/analysis.js';
import type { Direction, Scenario } from '../scenario.js';

export const DIRECTION_NAMES: Readonly<Record<Direction, string>> = {
  uplink: 'device to hub',
  display: 'hub to page',
  command: 'hub to device',
};

/** Three digits; `–` for what is no number. */
export function numberText(value: number | null): string {
  return value === null || !Number.isFinite(value) ? '–' : significant(value);
}

type NumberText = (value: number) => string;
type Interval = readonly [number | null, number | null];

/** ` [2.7, 3.1]`, or nothing where there is no interval. */
export function intervalText([low, high]: Interval, text: NumberText = numberText): string {
  return low === null || high === null ? '' : ` [${text(low)}, ${text(high)}]`;
}

/** `–` where no run gave it. */
export function estimateText({ mean, ci95, runs }: Estimate, text: NumberText = numberText): string {
  return runs === 0 ? '–' : text(mean) + intervalText(ci95, text);
}

const SCALES = [
  [1, ''],
  [1e-3, 'm'],
  [1e-6, 'µ'],
  [1e-9, 'n'],
] as const;

/** `190 µJ`. */
export function joulesText(joules: number): string {
  if (joules === 0 || !Number.isFinite(joules)) return `${numberText(joules)} J`;
  const [scale, prefix] = SCALES.find(([least]) => Math.abs(joules) >= least * 0.9995) ?? SCALES[3];
  return `${numberText(joules / scale)} ${prefix}J`;
}

export function percentText(ratio: number): string {
  return `${numberText(ratio * 100)} %`;
}

/** `one of a`, `1 device`, `10 devices`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${significant(count)} ${count === 1 ? one : many}`;
}

/** A network that does nothing but delay both ways alike: `20 ms one way`; others by name, also one that does nothing. */
export function networkName({ name, up, down }: Impairments): string {
  return isDelayOnly({ up, down }) && up.delayMs > 0 ? `${numberText(up.delayMs)} ms one way` : name;
}

export function isDelayOnly({ up, down }: Pick<Impairments, 'up' | 'down'>): boolean {
  const plain = ({ jitterMs, bitsPerS, lossRatio }: Impairment): boolean =>
    jitterMs === 0 && bitsPerS === null && lossRatio === 0;
  return plain(up) && plain(down) && up.delayMs === down.delayMs;
}

/** `25 ms ± 5 ms, 12 Mbit/s, 1 % lost`. */
export function impairmentText({ delayMs, jitterMs, bitsPerS, lossRatio }: Impairment): string {
  return [
    `${numberText(delayMs)} ms` + (jitterMs === 0 ? '' : ` ± ${numberText(jitterMs)} ms`),
    bitsPerS === null ? 'no limit of rate' : `${numberText(bitsPerS / 1e6)} Mbit/s`,
    lossRatio === 0 ? 'none lost' : `${percentText(lossRatio)} lost`,
  ].join(', ');
}

/** What a cell was measured under, but for its method: `4 readings/s, 1 a message`. */
export function loadText({ devices, rateHz, readingsPerMessage, noDelay, direction }: Scenario): string {
  const what = direction === 'command' ? 'command' : 'reading';
  return [
    ...(devices === 1 ? [] : [counted(devices, 'device')]),
    rateHz === null ? 'as fast as it goes' : `${counted(rateHz, what)}/s${devices === 1 ? '' : ' each'}`,
    `${significant(readingsPerMessage)} a message`,
    ...(noDelay ? [] : ['TCP_NODELAY off']),
  ].join(', ');
}

/** The same with direction and network: `device to hub, 75 ms one way, 4 readings/s, 1 a message`. */
export function conditionsText(scenario: Scenario): string {
  return [DIRECTION_NAMES[scenario.direction], networkName(scenario.network), loadText(scenario)].join(', ');
}

/** The first letter large, as a sentence begins. */
export function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** `a`, `a and b`, `a, b and c`. */
export function listText(items: readonly string[]): string {
  return [items.slice(0, -1).join(', '), ...items.slice(-1)].filter((text) => text !== '').join(' and ');
}
