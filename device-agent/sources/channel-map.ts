/**
 * The names and values that a device sends, as the configuration wants them recorded: renamed, converted, scaled.
 * A number without scale and offset passes untouched. What cannot be converted exactly is refused.
 */
import type { ChannelType, ReadingValue } from '@weir/protocol';
import type { ChannelConfig } from './channel-config.js';
import { parseNumber } from './number-text.js';
import type { ReadingMeta, SourceOutput, SourceRefusal } from './source.js';

interface MappedChannel {
  readonly name: string;
  readonly type: ChannelType | null;
  readonly scale: number;
  readonly offset: number;
  readonly scaled: boolean;
}

export class ChannelMap {
  readonly #listed = new Map<string, MappedChannel>();
  readonly #onlyListed: boolean;
  readonly #out: SourceOutput;

  constructor(channels: Readonly<Record<string, ChannelConfig>>, onlyListed: boolean, out: SourceOutput) {
    for (const [read, config] of Object.entries(channels)) this.#listed.set(read, mappedFrom(read, config));
    this.#onlyListed = onlyListed;
    this.#out = out;
  }

  /** Records a value read under the device's own name. */
  value(read: string, value: ReadingValue, monotonicUs: number, meta?: ReadingMeta): void {
    const channel = this.#listed.get(read);
    if (channel === undefined) {
      if (this.#onlyListed) this.#out.refused(read, 'unconfigured', 'not listed under channels');
      else this.#out.reading(read, value, monotonicUs, meta);
      return;
    }
    const converted = channel.type === null ? value : convert(value, channel.type);
    if (converted === null)
      this.#out.refused(channel.name, 'not_convertible', `a ${typeof value} that is no ${channel.type}`);
    else this.#out.reading(channel.name, scaled(converted, channel), monotonicUs, meta);
  }

  /** A field of a text format as a value of its channel's type, which is number unless configured; null if it is none. */
  parse(read: string, field: string): ReadingValue | null {
    return convert(field, this.#listed.get(read)?.type ?? 'number');
  }

  refused(read: string, why: SourceRefusal, message: string): void {
    this.#out.refused(this.#listed.get(read)?.name ?? read, why, message);
  }

  discarded(bytes: Uint8Array, reason: string): void {
    this.#out.discarded(bytes, reason);
  }
}

function mappedFrom(read: string, config: ChannelConfig): MappedChannel {
  return {
    name: config.name ?? read,
    type: config.type ?? null,
    scale: config.scale ?? 1,
    offset: config.offset ?? 0,
    scaled: config.scale !== undefined || config.offset !== undefined,
  };
}

/** To 15 digits, the most that every double keeps: 2157 scaled by 0.01 is 21.57, not 21.570000000000004. */
function scaled(value: ReadingValue, channel: MappedChannel): ReadingValue {
  if (!channel.scaled || typeof value !== 'number') return value;
  return Number((value * channel.scale + channel.offset).toPrecision(15));
}

function convert(value: ReadingValue, type: ChannelType): ReadingValue | null {
  if (type === 'text') return String(value);
  if (type === 'number') return typeof value === 'string' ? parseNumber(value) : Number(value);
  if (typeof value === 'boolean') return value;
  return TRUTHS.get(String(value).toLowerCase()) ?? null;
}

const TRUTHS: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['true', true],
  ['on', true],
  ['0', false],
  ['false', false],
  ['off', false],
]);
