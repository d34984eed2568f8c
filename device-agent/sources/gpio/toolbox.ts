/** Where the tools are, which version they are, and which chip is meant. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, systemCode, WeirError } from '@weir/runtime';
import type { GpioConfig } from '../config.js';
import { dialectOf } from './dialect-of.js';
import type { GpioDialect } from './dialect.js';

const run = promisify(execFile);

const TIMEOUT_MS = 10_000;
const OUTPUT_BYTES_MAX = 65_536;

/** prctl(2)'s PR_SET_PDEATHSIG by util-linux: without it a tool outlives an agent that is killed, and keeps its lines. */
const LEASH = ['setpriv', '--pdeathsig', 'KILL'] as const;

export type GpioTool = 'gpiodetect' | 'gpiomon' | 'gpioget' | 'gpioset';

/** All that is found out before lines can be used. */
export interface GpioAccess {
  readonly dialect: GpioDialect;
  /** As the tools name it, such as `gpiochip0`. */
  readonly chip: string;
  /** Whether tools can be made to end with the agent, however it ends. */
  readonly leash: boolean;
}

export class Toolbox {
  readonly #config: Pick<GpioConfig, 'tools_path' | 'chip'>;
  #access: Promise<GpioAccess> | null = null;

  constructor(config: Pick<GpioConfig, 'tools_path' | 'chip'>) {
    this.#config = config;
  }

  /** Found out once and kept, until `forget`. Throws `source.unavailable`. */
  access(): Promise<GpioAccess> {
    this.#access ??= this.#find();
    return this.#access;
  }

  /** Something failed: a chip may have another name by now, a tool another version. */
  forget(): void {
    this.#access = null;
  }

  command(tool: GpioTool): string {
    const { tools_path: folder } = this.#config;
    return folder === undefined ? tool : join(folder, tool);
  }

  /** How to start a tool that runs on. */
  held(
    tool: GpioTool,
    args: readonly string[],
    { leash }: GpioAccess,
  ): { command: string; args: readonly string[] } {
    const command = this.command(tool);
    return leash ? { command: LEASH[0], args: [...LEASH.slice(1), command, ...args] } : { command, args };
  }

  /** What a tool prints. Throws `source.unavailable` with what it says on stderr. */
  async output(tool: GpioTool, args: readonly string[]): Promise<string> {
    try {
      return (await run(this.command(tool), args, RUN_OPTIONS)).stdout;
    } catch (thrown) {
      throw this.#fault(tool, thrown);
    }
  }

  async #find(): Promise<GpioAccess> {
    const dialect = dialectOf(await this.output('gpiomon', ['--version']));
    const chip = chipNamed(this.#config.chip, await this.#detected());
    return { dialect, chip, leash: await hasLeash() };
  }

  /** gpiodetect exits with an error when one chip of several may not be opened; the others count all the same. */
  async #detected(): Promise<string> {
    try {
      return (await run(this.command('gpiodetect'), [], RUN_OPTIONS)).stdout;
    } catch (thrown) {
      const printed =
        typeof thrown === 'object' && thrown !== null && 'stdout' in thrown ? thrown.stdout : '';
      if (typeof printed === 'string' && printed !== '') return printed;
      throw this.#fault('gpiodetect', thrown);
    }
  }

  #fault(tool: GpioTool, thrown: unknown): WeirError {
    if (systemCode(thrown) === 'ENOENT')
      return unavailable(
        `${this.command(tool)} is not installed (package gpiod of Debian and Raspberry Pi OS)`,
      );
    const said =
      typeof thrown === 'object' && thrown !== null && 'stderr' in thrown ? String(thrown.stderr).trim() : '';
    return unavailable(said === '' ? `${tool}: ${messageOf(thrown)}` : said.slice(0, 300));
  }
}

const RUN_OPTIONS = {
  timeout: TIMEOUT_MS,
  maxBuffer: OUTPUT_BYTES_MAX,
  encoding: 'utf8',
  env: { ...process.env, LC_ALL: 'C' },
} as const;

/** Not on systems with another setpriv (BusyBox) or none. */
async function hasLeash(): Promise<boolean> {
  const [command, ...args] = LEASH;
  return run(command, [...args, 'true'], RUN_OPTIONS).then(
    () => true,
    () => false,
  );
}

/** The chip with this name or label in gpiodetect's list: `gpiochip0 [pinctrl-bcm2711] (58 lines)`. */
export function chipNamed(wanted: string, detected: string): string {
  const chips = [...detected.matchAll(/^(\S+) \[(.*)\] \(\d+ lines\)$/gm)].map(([, name, label]) => ({
    name: name ?? '',
    label: label ?? '',
  }));
  const plain = wanted.replace(/^\/dev\//, '');
  const found = chips.filter(({ name, label }) => name === plain || label === wanted);
  if (found.length === 1 && found[0] !== undefined) return found[0].name;
  const there = chips.map(({ name, label }) => `${name} [${label}]`).join(', ') || 'none';
  if (found.length === 0)
    throw unavailable(`no GPIO chip is named or labelled "${wanted}"; there are: ${there}`);
  throw unavailable(`"${wanted}" is the label of several GPIO chips (${there}); give the name of one`);
}

function unavailable(message: string): WeirError {
  return new WeirError('source.unavailable', message, { retryable: true });
}
