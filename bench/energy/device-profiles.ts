/** The device profiles: those that Weir brings (`profiles/`) and those of a user's own files. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { loadConfig, nearest, WeirError } from '@weir/runtime';
import { profileFileSchema, type Board, type Radio } from './profile-schema.js';
import { frameModel } from './radio/frames.js';

/** A board with a radio: what energy is modelled for. */
export interface DeviceProfile {
  readonly name: string;
  readonly title: string;
  readonly board: Board;
  readonly radio: Radio;
  /** What is assumed, of board, radio and the two together. */
  readonly notes: readonly string[];
}

/** Beside `dist`, where this module is compiled to. */
const FOLDER = fileURLToPath(new URL('../../energy/profiles/', import.meta.url));

interface Found<T> {
  readonly file: string;
  readonly value: T;
}

/**
 * All devices, those that Weir brings first. A file holds a board, a radio, a device made of two of them by name, or all
 * three, in JSON or YAML. Throws `config.*` errors that name file, line, key and value.
 */
export function deviceProfiles(extraFiles: readonly string[] = []): readonly DeviceProfile[] {
  const own = readdirSync(FOLDER).sort();
  const files = [...own.map((name) => join(FOLDER, name)), ...extraFiles].map((file) => ({
    file,
    ...loadConfig(profileFileSchema, { file, envPrefix: 'WEIR_PROFILE' }),
  }));
  const boards = byName(files.map(({ file, board }) => ({ file, value: board })));
  const radios = byName(files.map(({ file, radio }) => ({ file, value: radio })));
  for (const { file, value } of boards.values()) checkBoard(file, value);
  for (const { file, value } of radios.values()) checkRadio(file, value);
  const devices = byName(files.map(({ file, device }) => ({ file, value: device })));
  return [...devices.values()].map(({ file, value: { name, title, notes, ...parts } }) => {
    const board = named(boards, parts.board, `${file}: "device.board"`);
    const radio = named(radios, parts.radio, `${file}: "device.radio"`);
    return {
      name,
      title,
      board,
      radio,
      notes: [...notes, ...board.notes, ...radio.notes, ...cpuNote(board)],
    };
  });
}

function byName<T extends { readonly name: string }>(
  parts: readonly Found<T | undefined>[],
): Map<string, Found<T>> {
  const found = new Map<string, Found<T>>();
  for (const { file, value } of parts) {
    if (value === undefined) continue;
    const before = found.get(value.name);
    if (before !== undefined)
      throw new WeirError('config.invalid', `${file}: the name "${value.name}" is taken by ${before.file}`);
    found.set(value.name, { file, value });
  }
  return found;
}

function named<T>(parts: ReadonlyMap<string, Found<T>>, name: string, place: string): T {
  const part = parts.get(name);
  if (part !== undefined) return part.value;
  const suggestion = nearest(name, parts.keys());
  const hint = suggestion === null ? '' : `; did you mean "${suggestion}"?`;
  throw new WeirError('config.invalid', `${place}: there is no "${name}"${hint}`);
}

function checkBoard(file: string, { idleW, loadW }: Board): void {
  if (loadW >= idleW) return;
  throw new WeirError('config.invalid', `${file}: "board.loadW": ${loadW} is less than "idleW", ${idleW}`);
}

function checkRadio(file: string, radio: Radio): void {
  try {
    if (radio.kind === 'frames') frameModel(radio);
  } catch (error) {
    throw new WeirError('config.invalid', `${file}: ${WeirError.from(error).message}`, { cause: error });
  }
}

function cpuNote({ cpuSlowdown, title }: Board): string[] {
  return cpuSlowdown === null
    ? [`A CPU second of this machine is taken for one of the ${title}, which is slower: no figure is known.`]
    : [];
}
