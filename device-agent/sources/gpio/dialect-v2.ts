/** libgpiod 2.x; checked against the sources of 2.0 to 2.2. */
import type { GpioDialect, InputSettings } from './dialect.js';

const EDGE = /^(\d{1,5}) ([12]) (\d{1,15})\.(\d{9})$/;

export const VERSION_2: GpioDialect = {
  version: 2,
  monitorBanner: 'Monitoring line',
  holdBanner: 'Setting line',
  monitor(chip, lines, settings) {
    const debounce = settings.debounce_us > 0 ? [`--debounce-period=${settings.debounce_us}us`] : [];
    const flags = ['--banner', '--event-clock=monotonic', '--format=%o %e %S', `--edges=${settings.edges}`];
    return [...flags, ...debounce, ...common(settings), `--chip=${chip}`, ...lines.map(String)];
  },
  edge(text) {
    const match = EDGE.exec(text);
    if (match === null) return null;
    const timeUs = Number(match[3]) * 1_000_000 + Math.floor(Number(match[4]) / 1000);
    return { line: Number(match[1]), rising: match[2] === '1', timeUs };
  },
  get: (chip, lines, settings) => ['--numeric', ...common(settings), `--chip=${chip}`, ...lines.map(String)],
  hold(chip, output, value) {
    const drive = output.drive === 'push-pull' ? [] : [`--drive=${output.drive}`];
    return ['--banner', ...drive, ...common(output), `--chip=${chip}`, `${output.line}=${value ? 1 : 0}`];
  },
};

function common({ active_low: activeLow, bias }: Pick<InputSettings, 'active_low' | 'bias'>): string[] {
  return [...(activeLow ? ['--active-low'] : []), ...(bias === 'as-is' ? [] : [`--bias=${bias}`])];
}
