import type { Scenario } from '../scenario.js';
import { POOL, type Path } from './carriers.js';

/** For a person, in L (one-way delay), D (poll interval), T (time between readings), n (readings a message). */
export interface ClosedForm {
  readonly formula: string;
  /** null where the mean has no bound. */
  readonly ms: number | null;
}

/** Mean latency at random phases, without rates and loss. `scenario` has a rate. */
export function closedForm(scenario: Scenario, path: Path): ClosedForm {
  const { readingsPerMessage: n, rateHz } = scenario;
  const base = ofMessage(scenario, path);
  if (n === 1 || rateHz === null || base.ms === null) return base;
  return { formula: `${base.formula} + (n - 1)T/2`, ms: base.ms + ((n - 1) * 1000) / rateHz / 2 };
}

function ofMessage(
  { direction, method, pollMs, rateHz, readingsPerMessage }: Scenario,
  path: Path,
): ClosedForm {
  const way = direction === 'uplink' ? path.upUs : path.downUs;
  const roundTrip = path.upUs + path.downUs;
  const messageUs = (1e6 * readingsPerMessage) / (rateHz ?? Infinity);
  const form = (formula: string, us: number): ClosedForm => ({ formula, ms: us / 1000 });
  const posted = (rounds: number, kept: boolean): ClosedForm => {
    const busyUs = (1 + (kept ? 0 : rounds)) * roundTrip;
    if (busyUs > POOL * messageUs) return { formula: unbounded(busyUs / roundTrip), ms: null };
    return kept ? form('L', way) : form(`${1 + 2 * rounds}L`, way + rounds * roundTrip);
  };
  switch (method) {
    case 'post-new':
      return posted(1, false);
    case 'posts-full':
    case 'posts-resumed':
      return posted(2, false);
    case 'post-kept':
    case 'posts-kept':
      return posted(1, true);
    case 'long-poll':
      return roundTrip < messageUs
        ? form('L, as 2L < T', way)
        : form('2L, at most 3L, as 2L >= T', way + roundTrip / 2);
    case 'poll':
      return ofPoll('2L', way, roundTrip, (pollMs ?? 0) * 1000);
    case 'poll-new':
      return ofPoll('3L', way, 2 * roundTrip, (pollMs ?? 0) * 1000);
    case 'ws':
    case 'wss':
    case 'mqtt':
    case 'sse':
      return form('L', way);
  }
}

function unbounded(roundTrips: number): string {
  return `without bound: ${POOL} connections carry ${POOL}/${2 * roundTrips}L messages a second`;
}

/** A reading waits for the next request to come by: half an interval, or half an exchange when that is longer. */
function ofPoll(back: string, wayUs: number, exchangeUs: number, intervalUs: number): ClosedForm {
  return exchangeUs < intervalUs
    ? { formula: 'L + D/2', ms: (wayUs + intervalUs / 2) / 1000 }
    : { formula: `${back}, as an exchange takes longer than D`, ms: (wayUs + exchangeUs / 2) / 1000 };
}
