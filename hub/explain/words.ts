/** Figures as people read them. */

const UNITS = [
  { us: 86_400e6, name: 'd' },
  { us: 3_600e6, name: 'h' },
  { us: 60e6, name: 'min' },
  { us: 1e6, name: 's' },
] as const;

/** `3 min 12 s`, `0.4 s`, `1.2 ms`. */
export function duration(us: number): string {
  const length = Math.max(0, us);
  if (length < 1e3) return `${Math.round(length)} us`;
  if (length < 1e6 / 10) return `${short(length / 1e3)} ms`;
  if (length < 10e6) return `${short(length / 1e6)} s`;
  const place = UNITS.findIndex((unit) => length >= unit.us);
  const large = UNITS[place] ?? UNITS[3];
  const small = UNITS[place + 1];
  const whole = Math.floor(length / large.us);
  const rest = small === undefined ? 0 : Math.floor((length - whole * large.us) / small.us);
  return rest === 0 || small === undefined
    ? `${whole} ${large.name}`
    : `${whole} ${large.name} ${rest} ${small.name}`;
}

/** `2026-11-22 07:41:03Z`. */
export function time(us: number): string {
  const date = new Date(us / 1e3);
  if (Number.isNaN(date.getTime())) return 'an unknown time';
  return `${date.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** `12,400 frames`, `1 frame`. */
export function count(number: number, noun: string): string {
  return `${Math.round(number).toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}

/** `3.2 MB`. */
export function bytes(number: number): string {
  if (number < 1e3) return `${number} B`;
  if (number < 1e6) return `${short(number / 1e3)} kB`;
  return number < 1e9 ? `${short(number / 1e6)} MB` : `${short(number / 1e9)} GB`;
}

/** The first few of a list, and how many more. */
export function few(names: readonly string[], most = 4): string {
  const rest = names.length - most;
  return rest > 0 ? `${names.slice(0, most).join(', ')} and ${rest} more` : names.join(', ');
}

function short(number: number): string {
  return String(Number(number.toPrecision(2)));
}
