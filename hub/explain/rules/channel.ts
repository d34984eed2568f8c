/** Does the channel, or each channel of the device, bring readings? */
import type { ChannelFacts, Facts } from '../facts.js';
import { NOTHING, type Finding, type Rule } from '../finding.js';
import { count, duration, few, time } from '../words.js';

const INTERVALS = 3;
/** Batching, retries and an inexact clock delay or shift a reading by this much more. */
const SLACK_US = 5e6;
const QUIET_US = 60e6;

export const unknownChannel: Rule = ({ known, device, channel, nearest }) => {
  if (known === null || channel === null || channelIn(known.channels, channel) !== undefined) return NOTHING;
  const near =
    nearest.length === 0 ? `it has ${count(known.channels.length, 'channel')}` : `it has ${few(nearest)}`;
  return [
    {
      ...{ severity: 'error', code: 'channel.unknown', sinceUs: null },
      message: `${device} has never described a channel ${JSON.stringify(channel)}; ${near}`,
      advice:
        'Correct the name, or look whether the source that should bring it is set up and its port open.',
    },
  ];
};

export const emptyChannel: Rule = (facts) => {
  const empty = asked(facts).filter(
    ({ lastUs, intervalMs }) => lastUs === null && (intervalMs !== null || facts.channel !== null),
  );
  return group(empty, facts, {
    code: 'channel.empty',
    one: ({ name }) => `${name} was described, but no reading of it has ever come`,
    many: (names) =>
      `${count(empty.length, 'channel')} were described, but no reading of them has ever come: ${names}`,
    sinceUs: null,
  });
};

export const staleChannel: Rule = (facts) => {
  const { nowUs, known, channel } = facts;
  // Of a device that is not there, or wholly silent, every channel is stale: that was said already.
  if (known?.state === 'offline' || (known?.state === 'stale' && channel === null)) return NOTHING;
  const uncertaintyUs = known?.connection?.clock?.uncertaintyUs ?? 0;
  const stale = asked(facts).filter(
    ({ lastUs, intervalMs }) =>
      lastUs !== null &&
      intervalMs !== null &&
      nowUs - lastUs > Math.max(INTERVALS * intervalMs * 1e3, SLACK_US) + uncertaintyUs,
  );
  const oldestUs = Math.min(...stale.map(({ lastUs }) => lastUs ?? Infinity));
  return group(stale, facts, {
    code: 'channel.stale',
    one: ({ name, lastUs, intervalMs }) =>
      `the last reading of ${name} is ${duration(nowUs - (lastUs ?? nowUs))} old (${time(lastUs ?? nowUs)}), ` +
      `though one is due every ${duration((intervalMs ?? 0) * 1e3)}`,
    many: (names) => `${count(stale.length, 'channel')} bring nothing new, though others do: ${names}`,
    sinceUs: Number.isFinite(oldestUs) ? oldestUs : null,
  });
};

/** Nobody said how often it should come: it may be well, and it may not. */
export const quietChannel: Rule = (facts) => {
  const { nowUs, known, channel } = facts;
  const [one] = channel === null || known?.state === 'offline' ? [] : asked(facts);
  const lastUs = one?.lastUs ?? nowUs;
  if (one?.intervalMs !== null || nowUs - lastUs < QUIET_US) return NOTHING;
  return [
    {
      ...{ severity: 'note', code: 'channel.quiet', sinceUs: lastUs },
      message: `the last reading of ${one.name} is ${duration(nowUs - lastUs)} old (${time(lastUs)}); it comes as things happen`,
      advice: 'If it should come at a steady pace, set its interval in the agent: silence is then noticed.',
    },
  ];
};

interface Wording {
  readonly code: string;
  readonly one: (channel: ChannelFacts) => string;
  readonly many: (names: string) => string;
  readonly sinceUs: number | null;
}

/** One finding however many channels it is about: an error where it is about all of what was asked. */
function group(
  channels: readonly ChannelFacts[],
  facts: Facts,
  { code, one, many, sinceUs }: Wording,
): readonly Finding[] {
  const [first] = channels;
  if (first === undefined) return NOTHING;
  const message = channels.length === 1 ? one(first) : many(few(channels.map(({ name }) => name)));
  const advice = 'Look at the sensor, its wiring and its source in the settings of the agent.';
  return [{ severity: facts.channel === null ? 'warning' : 'error', code, sinceUs, message, advice }];
}

function asked({ known, channel }: Facts): readonly ChannelFacts[] {
  if (known === null) return [];
  const one = channel === null ? undefined : channelIn(known.channels, channel);
  if (channel !== null) return one === undefined ? [] : [one];
  return known.channels;
}

function channelIn(channels: readonly ChannelFacts[], name: string): ChannelFacts | undefined {
  return channels.find((each) => each.name === name);
}
