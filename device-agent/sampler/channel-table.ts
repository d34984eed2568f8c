/**
 * The channels of one agent run, by source and name.
 *
 * - Index, type and unit are given once and stay.
 * - At most `channelsMax` channels, and at most `channelsPerSourceMax` of one source, so that a source that invents
 *   names (noise on a line) cannot take the room of the others. Each source's two port channels have their place kept.
 */
import { CHANNEL_NAME, type ChannelType } from '@weir/protocol';
import { SampledChannel } from './channel.js';
import type { RefusalReason } from './refusals.js';
import { KEEP_ALL, type RuleOf } from './rules.js';

/** Names, within a source, of the channels that the agent itself records of the source's port. */
export const PORT_CHANNEL = 'port';
export const DISCARDED_CHANNEL = 'discarded_bytes';
const PORT_CHANNELS: readonly string[] = [PORT_CHANNEL, DISCARDED_CHANNEL];

/** One source's channels by the name within the source. */
export interface SourceChannels {
  readonly source: string;
  readonly byName: Map<string, SampledChannel>;
  /** Channels of the source's own, its port's left out. */
  count: number;
}

/** What is asked for at a channel's first reading. */
export interface Candidate {
  /** Name within the source. */
  readonly name: string;
  readonly type: ChannelType;
  readonly unit: string | undefined;
  readonly paceMs: number | null;
  /** Is it one of the two channels of the source's port? */
  readonly ofPort: boolean;
}

/** Why there will be no such channel. */
export interface Denial {
  readonly reason: RefusalReason;
  readonly message: string;
}

export interface TableLimits {
  readonly rules: RuleOf;
  readonly channelsMax: number;
  readonly channelsPerSourceMax: number;
}

export class ChannelTable {
  readonly #limits: TableLimits;
  readonly #sources: SourceChannels[] = [];
  readonly #byFullName = new Map<string, SampledChannel>();
  #ownChannels = 0;

  constructor(limits: TableLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#byFullName.size;
  }

  addSource(source: string): SourceChannels {
    const channels = { source, byName: new Map<string, SampledChannel>(), count: 0 };
    this.#sources.push(channels);
    return channels;
  }

  find(fullName: string): SampledChannel | undefined {
    return this.#byFullName.get(fullName);
  }

  /** Makes the channel, or says why not. */
  admit(source: SourceChannels, candidate: Candidate): SampledChannel | Denial {
    const fullName = `${source.source}/${candidate.name}`;
    const denial = this.#denialOf(source, candidate, fullName);
    if (denial !== null) return denial;
    const rule = candidate.ofPort ? KEEP_ALL : this.#limits.rules(source.source, candidate.name);
    const channel = new SampledChannel(
      {
        index: this.#byFullName.size,
        name: fullName,
        type: rule.type ?? candidate.type,
        unit: rule.unit ?? candidate.unit ?? '',
      },
      rule,
      candidate.paceMs,
    );
    source.byName.set(candidate.name, channel);
    this.#byFullName.set(fullName, channel);
    if (!candidate.ofPort) {
      source.count++;
      this.#ownChannels++;
    }
    return channel;
  }

  #denialOf(source: SourceChannels, { name, ofPort }: Candidate, fullName: string): Denial | null {
    if (!CHANNEL_NAME.test(fullName))
      return { reason: 'bad_name', message: 'not a channel name; give it another under channels' };
    const { channelsMax, channelsPerSourceMax } = this.#limits;
    if (this.#byFullName.size >= channelsMax) return tooMany(`this agent may have ${channelsMax}`);
    if (ofPort) return null;
    if (PORT_CHANNELS.includes(name))
      return {
        reason: 'bad_name',
        message: 'the agent uses this name itself; give it another under channels',
      };
    if (source.count >= channelsPerSourceMax) return tooMany(`one source may have ${channelsPerSourceMax}`);
    const room = channelsMax - PORT_CHANNELS.length * this.#sources.length;
    return this.#ownChannels >= room ? tooMany(`the sources of this agent may have ${room}`) : null;
  }
}

function tooMany(message: string): Denial {
  return { reason: 'too_many_channels', message };
}
