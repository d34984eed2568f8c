/** Numbers, units and times as a person reads them. */

/** SenML units (RFC 8428, RFC 8798) that are written otherwise in print. */
const PRINTED: Readonly<Record<string, string>> = {
  Cel: '°C',
  '%RH': '% RH',
  '%EL': '% charge',
  deg: '°',
  count: '',
  '/': '',
  '1/s': '/s',
  '1/min': '/min',
  Ohm: 'Ω',
  uV: 'µV',
  'ug/m3': 'µg/m³',
  m2: 'm²',
  m3: 'm³',
  'm3/s': 'm³/s',
  'm/s2': 'm/s²',
  'W/m2': 'W/m²',
};

export function printedUnit(senml: string): string {
  return PRINTED[senml] ?? senml;
}

const MOST_DECIMALS = 4;

/** Decimals that a value was given with, 0 to 4: 21.57 has two. */
export function decimalsOf(value: number): number {
  for (let decimals = 0; decimals < MOST_DECIMALS; decimals++) {
    const scale = 10 ** decimals;
    if (Math.abs(Math.round(value * scale) / scale - value) <= Math.abs(value) * 1e-12) return decimals;
  }
  return MOST_DECIMALS;
}

/** A value with as many decimals as its channel is known to use, but no more than about six digits that count. */
export function printedValue(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e9 || size < 1e-4)) return value.toExponential(3);
  const digitsBefore = Math.max(1, Math.floor(Math.log10(Math.max(size, 1))) + 1);
  return grouped(value.toFixed(Math.max(0, Math.min(decimals, 6 - digitsBefore))));
}

function grouped(fixed: string): string {
  const [whole = '', fraction] = fixed.split('.');
  const spaced = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, '\u202f') : whole;
  return (fraction === undefined ? spaced : `${spaced}.${fraction}`).replace(/^-/, '−');
}

/** 12040 -> `12 040`, 1.25e6 -> `1.25 M`. */
export function printedCount(count: number): string {
  if (count < 1e6) return grouped(count.toFixed(0));
  const [scale, letter] = count < 1e9 ? [1e6, 'M'] : [1e9, 'G'];
  return `${(count / scale).toPrecision(3)}\u202f${letter}`;
}

/** A rate per second: two digits that count, a dash where it is not known. */
export function printedRate(perSecond: number | null): string {
  if (perSecond === null) return '–';
  if (perSecond < 0.05) return '0';
  if (perSecond < 10) return perSecond.toFixed(1);
  return printedCount(Math.round(perSecond));
}

const BYTE_STEPS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes in steps of 1000. */
export function printedBytes(bytes: number): string {
  let step = 0;
  let amount = bytes;
  while (amount >= 999.5 && step < BYTE_STEPS.length - 1) {
    amount /= 1_000;
    step++;
  }
  const digits = step === 0 || amount >= 100 ? 0 : 1;
  return `${amount.toFixed(digits)}\u202f${BYTE_STEPS[step] ?? 'B'}`;
}

/** A length of time with one unit, the largest that fits: `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function printedDuration(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 9.95) return `${seconds.toFixed(1)}\u202fs`;
  if (seconds < 90) return `${seconds.toFixed(0)}\u202fs`;
  if (seconds < 5_400) return `${(seconds / 60).toFixed(0)}\u202fmin`;
  if (seconds < 172_800) return `${(seconds / 3_600).toFixed(0)}\u202fh`;
  return `${(seconds / 86_400).toFixed(0)}\u202fd`;
}

/** A clock's uncertainty: `±0.42 ms`, `±3 s`. */
export function printedUncertainty(us: number): string {
  if (us < 10_000) return `±${(us / 1_000).toFixed(us < 1_000 ? 2 : 1)}\u202fms`;
  if (us < 1_000_000) return `±${(us / 1_000).toFixed(0)}\u202fms`;
  return `±${printedDuration(us / 1_000)}`;
}

/** Time of day in the reader's zone, with the day where it is another one than that of `nowMs`. */
export function printedTime(timeMs: number, nowMs: number): string {
  const at = new Date(timeMs);
  const time = at.toLocaleTimeString(undefined, { hour12: false });
  if (at.toDateString() === new Date(nowMs).toDateString()) return time;
  return `${at.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })}, ${time}`;
}
