import { describe, expect, it } from 'vitest';
import { planRuns } from '../plan/plan.js';
import { SETS } from '../plan/sets.js';
import { chooseRemote } from './choice.js';

const methodsOf = (tls: boolean, direction: string): string[] => {
  const { scenarios } = chooseRemote(['classic'], tls);
  return [
    ...new Set(scenarios.filter((each) => each.direction === direction).map(({ method }) => method)),
  ].sort();
};

describe('what is asked of a hub of others', () => {
  it('goes up over TLS or without, as the hub has it', () => {
    expect(methodsOf(false, 'uplink')).toEqual(['post-kept', 'post-new', 'ws']);
    expect(methodsOf(true, 'uplink')).toEqual(['posts-full', 'posts-kept', 'posts-resumed', 'wss']);
  });

  it('comes down by every method', () => {
    for (const tls of [false, true])
      expect(methodsOf(tls, 'display')).toEqual(['long-poll', 'poll', 'poll-new', 'sse', 'ws']);
  });

  it('is no command, is not a flood, and is over one network', () => {
    for (const { direction, devices, rateHz, network } of chooseRemote(SETS, true).scenarios) {
      expect(direction).not.toBe('command');
      expect(devices * (rateHz ?? Infinity)).toBeLessThanOrEqual(1_000);
      expect(network.name).toBe('remote');
    }
  });

  it('is run once for each condition, whatever networks the sets have', () => {
    const plans = planRuns(chooseRemote(['classic', 'networks', 'quick'], false).scenarios, {
      ...{ repeats: 1, seconds: 1, warmUpS: 0, seed: 1 },
    });
    const display = plans.filter(({ scenario }) => scenario.direction === 'display');
    // ws, sse, long-poll, three polls, poll-new.
    expect(display).toHaveLength(7);
    expect(plans.length - display.length).toBe(3);
  });
});
