/** libgpiod 1.x; checked against 1.6.3. */
import { WeirError } from '@weir/runtime';
import type { GpioInput } from '../config.js';
import type { GpioDialect, InputSettings } from './dialect.js';

const EDGE = /^(\d{1,5}) ([01]) (\d{1,15}) (\d{1,9})$/;
const EDGE_FLAGS = { both: [], rising: ['--rising-edge'], falling: ['--falling-edge'] } as const;

export const VERSION_1: GpioDialect = {
  version: 1,
  monitorBanner: null,
  holdBanner: null,
  monitor(chip, lines, settings) {
    if (settings.debounce_us > 0)
      throw new WeirError('source.unavailable', 'debounce_us needs libgpiod 2; this machine has version 1');
    const flags = [
      '--line-buffered',
      '--format=%o %e %s %n',
      ...EDGE_FLAGS[settings.edges],
      ...common(settings),
    ];
    return [...flags, chip, ...lines.map(String)];
  },
  edge(text) {
    const match = EDGE.exec(text);
    if (match === null) return null;
    const timeUs = Number(match[3]) * 1_000_000 + Math.floor(Number(match[4]) / 1000);
    return { line: Number(match[1]), rising: match[2] === '1', timeUs };
  },
  get: (chip, lines, settings) => [...common(settings), chip, ...lines.map(String)],
  hold(chip, output, value) {
    const drive = output.drive === 'push-pull' ? [] : [`--drive=${output.drive}`];
    return ['--mode=wait', ...drive, ...common(output), chip, `${output.line}=${value ? 1 : 0}`];
  },
};

function common({ active_low: activeLow, bias }: Pick<InputSettings, 'active_low' | 'bias'>): string[] {
  return [...(activeLow ? ['--active-low'] : []), ...biasFlag(bias)];
}

/** Absent unless asked for: versions before 1.5 do not know the flag. */
function biasFlag(bias: GpioInput['bias']): string[] {
  if (bias === 'as-is') return [];
  return [`--bias=${bias === 'disabled' ? 'disable' : bias}`];
}
