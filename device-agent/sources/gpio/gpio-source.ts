/**
 * GPIO lines by libgpiod's tools, which hold them as child processes:
 *
 *   inputs   one gpiomon for all lines with equal settings; gpioget tells their values before it starts, since a line
 *            that is monitored cannot be read (an edge in between shows with the next edge)
 *   outputs  one gpioset each; another value means another gpioset. The lines are released when the agent ends: what
 *            they do then is the kernel's affair, so choose a wiring that is safe without the agent
 *
 * The port is "open" while every line is up, else "waiting" with the first reason.
 */
import type { ReadingValue } from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import type { GpioConfig, GpioOutput } from '../config.js';
import type { Source, SourceDeps, SourceOutput } from '../source.js';
import { monotonicOfEdge } from './event-time.js';
import { HeldChild } from './held-child.js';
import { inputGroups, type InputGroup } from './input-groups.js';
import { LineKeeper, type LineKeeperOptions } from './line-keeper.js';
import { Toolbox, type GpioAccess } from './toolbox.js';

interface OutputLine {
  readonly output: GpioOutput;
  readonly keeper: LineKeeper;
  /** Null: not set yet, and not held. */
  wanted: boolean | null;
  /** Settings come one after the other. */
  turn: Promise<void>;
}

export class GpioSource implements Source {
  readonly name: string;
  readonly #config: GpioConfig;
  readonly #deps: SourceDeps;
  readonly #toolbox: Toolbox;
  readonly #inputs: LineKeeper[] = [];
  readonly #outputs = new Map<string, OutputLine>();
  readonly #faults = new Map<string, string>();
  readonly #pending = new Set<string>();
  #out: SourceOutput | null = null;

  constructor(config: GpioConfig, deps: SourceDeps) {
    this.name = config.name;
    this.#config = config;
    this.#deps = deps;
    this.#toolbox = new Toolbox(config);
  }

  start(out: SourceOutput): void {
    this.#out = out;
    for (const group of inputGroups(this.#config.inputs)) {
      const label = `lines ${group.lines.join(', ')}`;
      const keeper = this.#keeper(label, (access, ended) => this.#monitor(group, access, ended));
      this.#inputs.push(keeper);
      this.#pending.add(label);
    }
    for (const [channel, output] of Object.entries(this.#config.outputs)) {
      const keeper = this.#keeper(
        `output ${channel}`,
        (access, ended) => this.#hold(channel, access, ended),
        () => this.#held(channel),
      );
      const line = { output, keeper, wanted: output.initial ?? null, turn: Promise.resolve() };
      this.#outputs.set(channel, line);
      if (line.wanted !== null) this.#pending.add(`output ${channel}`);
    }
    for (const keeper of this.#inputs) keeper.start();
    for (const { keeper, wanted } of this.#outputs.values()) if (wanted !== null) keeper.start();
    if (this.#pending.size === 0) out.port('open', '');
  }

  async stop(): Promise<void> {
    const out = this.#out;
    this.#out = null;
    const keepers = [...this.#inputs, ...[...this.#outputs.values()].map(({ keeper }) => keeper)];
    await Promise.all(keepers.map((keeper) => keeper.stop()));
    out?.port('closed', 'stopped');
  }

  async set(channel: string, value: ReadingValue): Promise<void> {
    const line = this.#outputs.get(channel);
    if (line === undefined)
      throw new WeirError('source.no_output', `"${this.name}/${channel}" is not an output`, {
        details: { channel },
      });
    const wanted = booleanOf(channel, value);
    const turn = line.turn.then(() => this.#change(channel, line, wanted));
    line.turn = turn.catch(() => undefined);
    await turn;
  }

  async #change(channel: string, line: OutputLine, wanted: boolean): Promise<void> {
    if (this.#out === null)
      throw new WeirError('source.unavailable', `"${this.name}" has stopped`, { retryable: true });
    const unchanged = line.wanted === wanted && !this.#faults.has(`output ${channel}`);
    line.wanted = wanted;
    if (!unchanged) await line.keeper.restart();
  }

  #keeper(label: string, begin: LineKeeperOptions['begin'], up: () => void = () => undefined): LineKeeper {
    const { retry_max_ms: retryMaxMs } = this.#config;
    const report = (fault: string | null): void => this.#report(label, fault);
    return new LineKeeper({ toolbox: this.#toolbox, retryMaxMs, begin, up, report }, this.#deps);
  }

  async #monitor(group: InputGroup, access: GpioAccess, ended: (reason: string) => void): Promise<HeldChild> {
    const { dialect, chip } = access;
    const args = dialect.monitor(chip, group.lines, group.settings);
    await this.#readValues(group, access);
    const line = (text: string): void => {
      const edge = dialect.edge(text);
      const channel = edge === null ? undefined : group.channels.get(edge.line);
      if (edge !== null && channel !== undefined)
        this.#out?.reading(channel, edge.rising, monotonicOfEdge(edge.timeUs, this.#deps.clock));
    };
    const tool = this.#toolbox.held('gpiomon', args, access);
    return new HeldChild({ ...tool, banner: dialect.monitorBanner, line, ended }, this.#deps.timers);
  }

  async #readValues(group: InputGroup, { dialect, chip }: GpioAccess): Promise<void> {
    const args = dialect.get(chip, group.lines, group.settings);
    const values = (await this.#toolbox.output('gpioget', args)).trim().split(/\s+/);
    if (values.length !== group.lines.length || values.some((value) => value !== '0' && value !== '1'))
      throw new WeirError('source.unavailable', `gpioget printed "${values.join(' ').slice(0, 80)}"`);
    const nowUs = this.#deps.clock.monotonicUs();
    group.lines.forEach((line, index) => {
      const channel = group.channels.get(line);
      if (channel !== undefined) this.#out?.reading(channel, values[index] === '1', nowUs);
    });
  }

  #hold(channel: string, access: GpioAccess, ended: (reason: string) => void): HeldChild {
    const line = this.#outputs.get(channel);
    if (line === undefined || line.wanted === null)
      throw new WeirError('source.unavailable', `output "${channel}" has no value to hold`);
    const { dialect, chip } = access;
    const args = dialect.hold(chip, line.output, line.wanted);
    const tool = this.#toolbox.held('gpioset', args, access);
    return new HeldChild(
      { ...tool, banner: dialect.holdBanner, line: () => undefined, ended },
      this.#deps.timers,
    );
  }

  #held(channel: string): void {
    const value = this.#outputs.get(channel)?.wanted;
    if (typeof value === 'boolean') this.#out?.reading(channel, value, this.#deps.clock.monotonicUs());
  }

  #report(label: string, fault: string | null): void {
    this.#pending.delete(label);
    if (fault === null) this.#faults.delete(label);
    else this.#faults.set(label, fault);
    const [first] = this.#faults;
    if (first !== undefined) this.#out?.port('waiting', `${first[0]}: ${first[1]}`);
    else if (this.#pending.size === 0) this.#out?.port('open', '');
  }
}

function booleanOf(channel: string, value: ReadingValue): boolean {
  if (value === true || value === 1) return true;
  if (value === false || value === 0) return false;
  throw new WeirError(
    'source.bad_value',
    `"${channel}" takes true, false, 1 or 0, got ${JSON.stringify(value)}`,
    {
      details: { channel, value },
    },
  );
}
