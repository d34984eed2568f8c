import { namePattern } from '../auth/pattern.js';
import type { SeriesIdentity } from '../registry/series.js';
import type { StreamFilter } from './messages.js';

/** Does a filter let a series through? Decided once for each series. */
export function wantedBy({ devices, channels }: StreamFilter): (series: SeriesIdentity) => boolean {
  const device = anyOf(devices);
  const channel = anyOf(channels);
  const decided = new Map<number, boolean>();
  return (series) => {
    let wanted = decided.get(series.id);
    if (wanted === undefined) {
      wanted = device(series.device) && channel(series.channel);
      decided.set(series.id, wanted);
    }
    return wanted;
  };
}

/** A name that fits one of the patterns; any name when there are none. */
export function anyOf(patterns: readonly string[] | null): (name: string) => boolean {
  if (patterns === null) return () => true;
  const compiled = patterns.map(namePattern);
  return (name) => compiled.some((fits) => fits(name));
}
