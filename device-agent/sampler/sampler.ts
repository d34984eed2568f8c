/**
 * From what sources read to what is recorded:
 *
 *   Source -> output(NAME) -> value, name, type, unit checked -> SampledChannel (interval, deadband) -> Sampled
 *
 * - A channel gets its index, type and unit at its first reading (or from the configuration) and keeps them for the
 *   epoch; what does not fit afterwards is refused and counted, never converted in silence.
 * - Everything is synchronous; a reading that is kept costs one look-up and no allocation here.
 */
import { LIMITS, type ChannelDescription, type ChannelType, type ReadingValue } from '@weir/protocol';
import { WeirError, type Clock, type Logger, type Timers } from '@weir/runtime';
import type { ReadingMeta, SourceOutput } from '../sources/source.js';
import { ChannelTable, type SourceChannels } from './channel-table.js';
import { SampledChannel } from './channel.js';
import { PortWatch, type PortStatus } from './port-watch.js';
import { Refusals, type Refusal } from './refusals.js';
import { KEEP_ALL, type RuleOf, type SamplingChange } from './rules.js';

/** Where kept readings go. */
export interface Sampled {
  /** New channels, or known ones (same index, name, type, unit) whose expected interval has changed. */
  describe(channels: ChannelDescription[]): void;
  /** `channel` is an index described before; times rise strictly within a channel. */
  reading(channel: number, timeUs: number, value: ReadingValue): void;
}

export interface SamplerOptions {
  readonly out: Sampled;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** From `rulesOf(config.sources)`; absent: everything is kept. */
  readonly rules?: RuleOf;
  readonly channelsMax?: number;
  readonly channelsPerSourceMax?: number;
}

export interface SamplerStats {
  readonly channels: number;
  /** Readings handed on. */
  readonly kept: number;
  /** Readings left out by interval or deadband. */
  readonly thinned: number;
  readonly refused: readonly Refusal[];
  readonly ports: readonly PortStatus[];
}

const CHANNELS_PER_SOURCE = 256;
const LONE_SURROGATE = /\p{Surrogate}/u;

interface SourceEntry {
  readonly channels: SourceChannels;
  readonly watch: PortWatch;
}

export class Sampler {
  readonly #out: Sampled;
  readonly #deps: Pick<SamplerOptions, 'clock' | 'timers' | 'logger'>;
  readonly #table: ChannelTable;
  readonly #sources = new Map<string, SourceEntry>();
  readonly #refusals: Refusals;
  #kept = 0;
  #thinned = 0;

  constructor(options: SamplerOptions) {
    this.#out = options.out;
    this.#deps = options;
    this.#refusals = new Refusals(options.logger);
    this.#table = new ChannelTable({
      rules: options.rules ?? (() => KEEP_ALL),
      channelsMax: Math.min(options.channelsMax ?? LIMITS.channels, LIMITS.channels),
      channelsPerSourceMax: options.channelsPerSourceMax ?? CHANNELS_PER_SOURCE,
    });
  }

  /** The output for the source `name`: give it to `Source.start`. The same name gives the same channels. */
  output(name: string): SourceOutput {
    const { channels, watch } = this.#sources.get(name) ?? this.#addSource(name);
    return {
      reading: (channel, value, us, meta) => this.#take(channels, channel, value, us, meta, false),
      port: (state, reason) => watch.port(state, reason),
      discarded: (bytes, reason) => watch.discarded(bytes, reason),
      refused: (channel, why, message) => this.#refusals.count(why, `${name}/${channel}`, message),
    };
  }

  /**
   * Changes rate and deadband of the channel with this full name, until the agent restarts. Throws
   * `sampler.unknown_channel` and `sampler.bad_setting`.
   */
  configure(name: string, change: SamplingChange): void {
    const channel = this.#table.find(name);
    if (channel === undefined)
      throw new WeirError('sampler.unknown_channel', `no channel is named "${name}"`, { details: { name } });
    checkSetting(name, 'interval in ms', change.intervalMs);
    checkSetting(name, 'deadband', change.deadband);
    channel.change(change);
    this.#out.describe([channel.describe()]);
  }

  /** Records at once what is held back (the sums of discarded bytes). Call it before the last flush. */
  close(): void {
    for (const { watch } of this.#sources.values()) watch.flush();
  }

  stats(): SamplerStats {
    return {
      channels: this.#table.size,
      kept: this.#kept,
      thinned: this.#thinned,
      refused: this.#refusals.list(),
      ports: [...this.#sources.values()].map(({ watch }) => watch.status()),
    };
  }

  #addSource(name: string): SourceEntry {
    const channels = this.#table.addSource(name);
    const watch = new PortWatch(name, {
      ...this.#deps,
      record: (channel, value, us, meta) => this.#take(channels, channel, value, us, meta, true),
    });
    const entry = { channels, watch };
    this.#sources.set(name, entry);
    return entry;
  }

  #take(
    source: SourceChannels,
    name: string,
    value: ReadingValue,
    takenUs: number,
    meta: ReadingMeta | undefined,
    ofPort: boolean,
  ): void {
    if (!this.#isSound(source, name, value, takenUs)) return;
    const channel = source.byName.get(name) ?? this.#admit(source, name, value, meta, ofPort);
    if (channel === null || !this.#fits(channel, value, meta)) return;
    const timeUs = channel.keep(value, takenUs);
    if (timeUs < 0) {
      this.#thinned++;
      return;
    }
    this.#kept++;
    this.#out.reading(channel.index, timeUs, value);
  }

  /** Could this be a reading of any channel? */
  #isSound(source: SourceChannels, name: string, value: ReadingValue, takenUs: number): boolean {
    if (typeof value === 'number' && !Number.isFinite(value))
      this.#refusals.count('not_finite', `${source.source}/${name}`, String(value));
    else if (typeof value === 'string' && isTooLong(value))
      this.#refusals.count(
        'text_too_long',
        `${source.source}/${name}`,
        `more than ${LIMITS.textBytes} bytes`,
      );
    else if (typeof value === 'string' && LONE_SURROGATE.test(value))
      this.#refusals.count('not_unicode', `${source.source}/${name}`, 'half of a surrogate pair');
    else if (!Number.isSafeInteger(takenUs) || takenUs < 0)
      this.#refusals.count('bad_time', `${source.source}/${name}`, `${takenUs} us`);
    else return true;
    return false;
  }

  /** Does it fit what the channel was at first sight? */
  #fits(channel: SampledChannel, value: ReadingValue, meta: ReadingMeta | undefined): boolean {
    if (typeOf(value) !== channel.type)
      this.#refusals.count(
        'type_changed',
        channel.name,
        `got ${typeOf(value)}, the channel is ${channel.type}`,
      );
    else if (!channel.allowsUnit(meta?.unit))
      this.#refusals.count(
        'unit_changed',
        channel.name,
        `got "${meta?.unit}", the channel is in "${channel.unit}"`,
      );
    else return true;
    return false;
  }

  #admit(
    source: SourceChannels,
    name: string,
    value: ReadingValue,
    meta: ReadingMeta | undefined,
    ofPort: boolean,
  ): SampledChannel | null {
    const admitted = this.#table.admit(source, {
      name,
      type: typeOf(value),
      unit: meta?.unit,
      paceMs: meta?.intervalMs ?? null,
      ofPort,
    });
    if (admitted instanceof SampledChannel) {
      this.#out.describe([admitted.describe()]);
      return admitted;
    }
    this.#refusals.count(admitted.reason, `${source.source}/${name}`, admitted.message);
    return null;
  }
}

function typeOf(value: ReadingValue): ChannelType {
  return typeof value === 'string' ? 'text' : typeof value === 'boolean' ? 'boolean' : 'number';
}

function isTooLong(text: string): boolean {
  return text.length * 3 > LIMITS.textBytes && Buffer.byteLength(text) > LIMITS.textBytes;
}

function checkSetting(channel: string, what: string, value: number | null): void {
  if (value === null || (value >= 0 && value < Infinity)) return;
  throw new WeirError('sampler.bad_setting', `the ${what} of "${channel}" must be 0 or more, got ${value}`, {
    details: { channel, setting: what, value },
  });
}
