import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, WeirError } from '@weir/runtime';
import { commandPath, temporaryFolder, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sourceConfigSchema } from '../config.js';
import { createSource } from '../create-source.js';
import { realDeps, RecordedOutput } from '../recorded-output.testing.js';
import type { Source } from '../source.js';
import { fakeGpio, type FakeGpio, type Held } from './fake-tools.testing.js';

interface Running {
  readonly source: Source;
  readonly out: RecordedOutput;
  readonly set: (channel: string, value: boolean | number | string) => Promise<void>;
}

function run(toolsPath: string, config: object): Running {
  const defaults = {
    type: 'gpio',
    name: 'g',
    chip: 'pinctrl-bcm2711',
    tools_path: toolsPath,
    retry_max_ms: 200,
  };
  const source = createSource(sourceConfigSchema.parse({ ...defaults, ...config }), realDeps());
  const out = new RecordedOutput();
  onTestFinished(() => source.stop());
  source.start(out);
  const set: Running['set'] = (channel, value) =>
    source.set?.(channel, value) ?? Promise.reject(new Error('no set'));
  return { source, out, set };
}

const isOpen = (out: RecordedOutput) => () => out.states.at(-1) === 'open';
/** Resolves when gpioset holds a line at a value. Version 1 does not say when it does, so it may take a moment. */
const holds = async (fake: FakeGpio, line: number, value: number): Promise<boolean> =>
  waitFor(async () => (await fake.held(line))?.value === value, {
    what: `line ${line} to be held at ${value}`,
  });
const monitorOf = async (fake: FakeGpio, line: number): Promise<Held> =>
  waitFor(async () => {
    const holder = await fake.held(line);
    return holder?.tool === 'gpiomon' ? holder : null;
  });
/** A process of its own that runs a source from its configuration in argv. */
const moduleUrl = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
const AGENT = `
  import { createSource } from ${moduleUrl('../create-source.js')};
  import { sourceConfigSchema } from ${moduleUrl('../config.js')};
  import { realDeps, RecordedOutput } from ${moduleUrl('../recorded-output.testing.js')};
  createSource(sourceConfigSchema.parse(JSON.parse(process.argv[1])), realDeps()).start(new RecordedOutput());
`;

const codeOf = async (promise: Promise<void>): Promise<string> =>
  promise.then(
    () => 'nothing was thrown',
    (thrown: unknown) => WeirError.from(thrown).code,
  );

describe.each(['1.6.3', '2.2.1'] as const)('GPIO by libgpiod %s', (version) => {
  it('reads inputs at the start and then edges, at the time the kernel saw them', async () => {
    const fake = await fakeGpio({ version });
    await fake.setInput(17, 1);
    await fake.setInput(27, 1);
    const { out } = run(fake.folder, {
      inputs: { door: { line: 17 }, leak: { line: 27, active_low: true, bias: 'pull-up' } },
    });
    await waitFor(isOpen(out));
    expect(new Map(out.values)).toEqual(
      new Map([
        ['door', true],
        ['leak', false],
      ]),
    );
    const edgeUs = systemClock.monotonicUs() - 5000;
    await fake.edge(17, 0, edgeUs);
    await fake.edge(27, 0, edgeUs + 1000);
    await fake.edge(17, 1, edgeUs + 2000);
    await waitFor(() => out.readings.length === 5);
    const edges = out.readings
      .slice(2)
      .map(({ channel, value, monotonicUs }) => [channel, value, monotonicUs - edgeUs]);
    expect(edges.toSorted((a, b) => Number(a[2]) - Number(b[2]))).toEqual([
      ['door', false, 0],
      ['leak', true, 1000],
      ['door', true, 2000],
    ]);
  });

  it('watches lines of equal settings together and asks for the edges that are wanted', async () => {
    const fake = await fakeGpio({ version });
    const { out } = run(fake.folder, {
      inputs: { a: { line: 1 }, b: { line: 2 }, rain: { line: 3, edges: 'rising', bias: 'pull-down' } },
    });
    await waitFor(isOpen(out));
    const nowUs = systemClock.monotonicUs();
    for (const level of [1, 0, 1] as const) await fake.edge(3, level, nowUs);
    await fake.edge(2, 1, nowUs);
    await waitFor(() => out.readings.length === 6);
    expect(
      out.readings
        .slice(3)
        .filter(({ channel }) => channel === 'rain')
        .map(({ value }) => value),
    ).toEqual([true, true]);
    expect(out.latest('b')).toBe(true);
    const monitors = (await fake.calls()).filter(
      ([tool, first]) => tool === 'gpiomon' && first !== '--version',
    );
    expect(monitors).toHaveLength(2);
  });

  it('sets outputs, holds them, and releases them at the end', async () => {
    const fake = await fakeGpio({ version });
    const { source, out, set } = run(fake.folder, {
      outputs: {
        relay: { line: 5, active_low: true, drive: 'open-drain', initial: false },
        lamp: { line: 6 },
      },
    });
    await waitFor(isOpen(out));
    await holds(fake, 5, 0);
    expect(await fake.held(6)).toBeNull();
    await set('relay', true);
    await holds(fake, 5, 1);
    await set('lamp', 1);
    await holds(fake, 6, 1);
    expect(out.values).toEqual([
      ['relay', false],
      ['relay', true],
      ['lamp', true],
    ]);
    const holder = await fake.held(5);
    await set('relay', true);
    expect((await fake.held(5))?.pid).toBe(holder?.pid);
    expect(holder?.args.join(' ')).toContain('open-drain');
    await source.stop();
    expect([await fake.held(5), await fake.held(6)]).toEqual([null, null]);
    expect(out.ports.at(-1)).toEqual({ state: 'closed', reason: 'stopped' });
    expect(await codeOf(set('lamp', false))).toBe('source.unavailable');
  });

  it('takes settings in their order', async () => {
    const fake = await fakeGpio({ version });
    const { set, out } = run(fake.folder, { outputs: { lamp: { line: 6 } } });
    await Promise.all([set('lamp', true), set('lamp', false), set('lamp', true), set('lamp', false)]);
    expect(out.values.map(([, value]) => value)).toEqual([true, false, true, false]);
    await holds(fake, 6, 0);
  });

  it.skipIf(commandPath('setpriv') === null)('releases all lines when the agent is killed', async () => {
    const fake = await fakeGpio({ version });
    const lines = { inputs: { door: { line: 17 } }, outputs: { lamp: { line: 6, initial: true } } };
    const config = { type: 'gpio', name: 'g', chip: 'gpiochip0', tools_path: fake.folder, ...lines };
    const agent = spawn(process.execPath, ['--input-type=module', '-e', AGENT, JSON.stringify(config)]);
    onTestFinished(() => void agent.kill('SIGKILL'));
    await holds(fake, 6, 1);
    await monitorOf(fake, 17);
    agent.kill('SIGKILL');
    await waitFor(async () => (await fake.held(6)) === null && (await fake.held(17)) === null);
  });

  it('refuses what is no output and no value', async () => {
    const fake = await fakeGpio({ version });
    const { set } = run(fake.folder, { inputs: { door: { line: 17 } }, outputs: { lamp: { line: 6 } } });
    expect(await codeOf(set('door', true))).toBe('source.no_output');
    expect(await codeOf(set('x', true))).toBe('source.no_output');
    expect(await codeOf(set('lamp', 'on'))).toBe('source.bad_value');
    expect(await codeOf(set('lamp', 2))).toBe('source.bad_value');
  });

  it('starts a tool that ended anew, with the value the output had', async () => {
    const fake = await fakeGpio({ version });
    const { out, set } = run(fake.folder, { inputs: { door: { line: 17 } }, outputs: { lamp: { line: 6 } } });
    await set('lamp', true);
    await waitFor(isOpen(out));
    await holds(fake, 6, 1);
    process.kill((await monitorOf(fake, 17)).pid, 'SIGKILL');
    await waitFor(() => out.states.includes('waiting'));
    await waitFor(isOpen(out));
    await holds(fake, 6, 1);
    process.kill((await fake.held(6))!.pid, 'SIGKILL');
    await waitFor(() => out.states.filter((state) => state === 'waiting').length >= 2);
    await waitFor(isOpen(out));
    await holds(fake, 6, 1);
    await fake.edge(17, 1, systemClock.monotonicUs());
    await waitFor(() => out.latest('door') === true);
  });

  it('waits for a line that another program holds, while the others are read', async () => {
    const fake = await fakeGpio({ version });
    const other = run(fake.folder, { outputs: { pin: { line: 4, initial: true } } });
    await holds(fake, 4, 1);
    const { out, set } = run(fake.folder, {
      inputs: { busy: { line: 4 }, free: { line: 7, bias: 'pull-up' } },
      outputs: { taken: { line: 4 + 8 } },
    });
    await waitFor(() => out.states.at(-1) === 'waiting');
    expect(out.ports.at(-1)?.reason).toMatch(/^lines 4: .*Device or resource busy/);
    await waitFor(() => out.latest('free') === false);
    await set('taken', true);
    await fake.edge(7, 1, systemClock.monotonicUs());
    await waitFor(() => out.latest('free') === true);
    await other.source.stop();
    await waitFor(isOpen(out));
    expect(out.latest('busy')).toBe(false);
  });

  it('names the chips that are there when the one asked for is not', async () => {
    const fake = await fakeGpio({ version });
    const { out, set } = run(fake.folder, {
      chip: 'pinctrl-rp1',
      inputs: { a: { line: 1 } },
      outputs: { b: { line: 2 } },
    });
    await waitFor(() => out.ports.length > 0);
    expect(out.ports[0]).toEqual({
      state: 'waiting',
      reason:
        'lines 1: no GPIO chip is named or labelled "pinctrl-rp1"; there are: gpiochip0 [pinctrl-bcm2711], gpiochip1 [raspberrypi-exp-gpio]',
    });
    expect(await codeOf(set('b', true))).toBe('source.unavailable');
  });
});

describe('debounce', () => {
  it('is handed to version 2', async () => {
    const fake = await fakeGpio({ version: '2.2.1' });
    const { out } = run(fake.folder, { inputs: { a: { line: 1, debounce_us: 5000 } } });
    await waitFor(isOpen(out));
    expect((await monitorOf(fake, 1)).args).toContain('--debounce-period=5000us');
  });

  it('is said to need version 2 where there is version 1', async () => {
    const fake = await fakeGpio({ version: '1.6.3' });
    const { out } = run(fake.folder, { inputs: { a: { line: 1, debounce_us: 5000 }, b: { line: 2 } } });
    await waitFor(() => out.states.includes('waiting'));
    await waitFor(() => out.latest('b') === false);
    expect(out.ports[0]?.reason).toContain('debounce_us needs libgpiod 2');
  });
});

describe('missing and strange tools', () => {
  it('are told, and found once they are installed', async () => {
    const empty = await temporaryFolder();
    const { out } = run(empty, { inputs: { a: { line: 1 } } });
    await waitFor(() => out.ports.length > 0);
    expect(out.ports[0]?.reason).toBe(
      `lines 1: ${join(empty, 'gpiomon')} is not installed (package gpiod of Debian and Raspberry Pi OS)`,
    );
    const fake = await fakeGpio({ version: '1.6.3' });
    const late = run(fake.folder, { inputs: { a: { line: 1 } } });
    await waitFor(isOpen(late.out));
    const monitor = await monitorOf(fake, 1);
    await rm(join(fake.folder, 'gpiomon'));
    process.kill(monitor.pid, 'SIGTERM');
    await waitFor(() => late.out.ports.some(({ reason }) => reason.includes('is not installed')));
  });

  it('of another version are refused by their own words', async () => {
    const fake = await fakeGpio({ version: '0.3' });
    const { out } = run(fake.folder, { inputs: { a: { line: 1 } } });
    await waitFor(() => out.ports.length > 0);
    expect(out.ports[0]?.reason).toContain(
      'gpiomon says "gpiomon (libgpiod) v0.3", which is neither libgpiod 1 nor 2',
    );
  });
});
