import type { ChannelSeries } from './channel-series.js';

/** Channels that share what stands before the last `/` of their names, such as one source's. */
export interface ChannelGroup {
  /** `''` for channels without one. */
  readonly name: string;
  readonly channels: readonly { readonly series: ChannelSeries; readonly label: string }[];
}

/** Those whose name or unit holds every word, by group, in the order given. */
export function groupChannels(channels: readonly ChannelSeries[], words: string): ChannelGroup[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<string, { series: ChannelSeries; label: string }[]>();
  for (const series of channels) {
    const text = `${series.name} ${series.unit}`.toLowerCase();
    if (!wanted.every((word) => text.includes(word))) continue;
    const cut = series.name.lastIndexOf('/');
    const name = cut < 0 ? '' : series.name.slice(0, cut);
    const members = groups.get(name) ?? [];
    members.push({ series, label: series.name.slice(cut + 1) });
    groups.set(name, members);
  }
  return [...groups].map(([name, members]) => ({ name, channels: members }));
}
