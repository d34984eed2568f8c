/** What the configuration says of each channel, looked up once per channel. */
import type { ChannelType } from '@weir/protocol';
import type { SourceConfig } from '../sources/config.js';
import type { ChannelConfig, SamplingConfig } from '../sources/channel-config.js';

/** How one channel is sampled. Null: not limited, or not fixed by the configuration. */
export interface SamplingRule {
  readonly type: ChannelType | null;
  readonly unit: string | null;
  readonly intervalMs: number | null;
  /** A change must be greater than this; null: every reading counts as a change. */
  readonly deadband: number | null;
  readonly deadbandPercent: number | null;
  readonly heartbeatMs: number | null;
}

/** A change of sampling at run time, as the `configure` frame brings it: 0 is no limit, null is what is configured. */
export interface SamplingChange {
  readonly intervalMs: number | null;
  readonly deadband: number | null;
}

/** The rule of the channel `channel` (as recorded, without the source's prefix) of source `source`. */
export type RuleOf = (source: string, channel: string) => SamplingRule;

export const KEEP_ALL: SamplingRule = Object.freeze({
  type: null,
  unit: null,
  intervalMs: null,
  deadband: null,
  deadbandPercent: null,
  heartbeatMs: null,
});

export const HEARTBEAT_MS_DEFAULT = 60_000;

/** Rules from the configured sources: the channel's own setting, else its source's, else none. */
export function rulesOf(sources: readonly SourceConfig[]): RuleOf {
  const bySource = new Map<string, { common: SamplingRule; channels: Map<string, SamplingRule> }>();
  for (const source of sources) {
    const common = ruleFrom({}, source);
    const channels = new Map<string, SamplingRule>();
    const configured = source.type === 'gpio' ? {} : source.channels;
    for (const [read, config] of Object.entries(configured))
      channels.set(config.name ?? read, ruleFrom(config, source));
    bySource.set(source.name, { common, channels });
  }
  return (source, channel) => {
    const rules = bySource.get(source);
    return rules?.channels.get(channel) ?? rules?.common ?? KEEP_ALL;
  };
}

function ruleFrom(channel: ChannelConfig, source: SamplingConfig): SamplingRule {
  const deadband = channel.deadband ?? source.deadband ?? null;
  const deadbandPercent = channel.deadband_percent ?? source.deadband_percent ?? null;
  const banded = deadband !== null || deadbandPercent !== null;
  const heartbeatMs = channel.heartbeat_ms ?? source.heartbeat_ms ?? HEARTBEAT_MS_DEFAULT;
  return {
    type: channel.type ?? null,
    unit: channel.unit ?? null,
    intervalMs: channel.interval_ms ?? source.interval_ms ?? null,
    deadband,
    deadbandPercent,
    heartbeatMs: banded ? heartbeatMs : null,
  };
}
