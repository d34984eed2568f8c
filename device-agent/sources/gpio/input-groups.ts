/** Inputs that one gpiomon can watch: those with equal settings, at most as many as the kernel takes in one request. */
import type { GpioInput } from '../config.js';
import type { InputSettings } from './dialect.js';

const LINES_MAX = 64;

export interface InputGroup {
  readonly settings: InputSettings;
  readonly lines: readonly number[];
  /** Channel names by line offset. */
  readonly channels: ReadonlyMap<number, string>;
}

export function inputGroups(inputs: Readonly<Record<string, GpioInput>>): InputGroup[] {
  const groups: { key: string; settings: InputSettings; lines: number[]; channels: Map<number, string> }[] =
    [];
  for (const [channel, { line, ...settings }] of Object.entries(inputs)) {
    const key = JSON.stringify([settings.active_low, settings.bias, settings.edges, settings.debounce_us]);
    let group = groups.find((each) => each.key === key && each.lines.length < LINES_MAX);
    if (group === undefined) {
      group = { key, settings, lines: [], channels: new Map() };
      groups.push(group);
    }
    group.lines.push(line);
    group.channels.set(line, channel);
  }
  return groups;
}
