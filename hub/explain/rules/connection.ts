/** Is the device there, and does it say anything? */
import { CloseCode } from '@weir/protocol';
import type { FormerConnection } from '../../registry/connection-history.js';
import type { DeviceFacts, Facts } from '../facts.js';
import { NOTHING, type Rule } from '../finding.js';
import { count, duration, time } from '../words.js';

const TWINS_MIN = 3;

export const offline: Rule = (facts) => {
  const { known, nowUs } = facts;
  if (known?.state !== 'offline') return NOTHING;
  const { former, postedUs } = known;
  const sinceUs = former?.atUs ?? postedUs ?? known.lastSeenUs;
  const since = sinceUs === null ? '' : ` for ${duration(nowUs - sinceUs)}, since ${time(sinceUs)}`;
  const { how, advice } = former === null ? neverSince(known, facts) : ended(former);
  return [
    { severity: 'error', code: 'device.offline', sinceUs, message: `it is offline${since}: ${how}`, advice },
  ];
};

function neverSince({ postedUs, lastSeenUs }: DeviceFacts, { hubStartedUs, nowUs }: Facts) {
  if (postedUs !== null) {
    return {
      how: `it sent its readings over HTTP, the last ${duration(nowUs - postedUs)} ago, and has stopped`,
      advice: 'Is the program that posts its readings still running? What does the hub answer it?',
    };
  }
  const seen = lastSeenUs === null ? '' : `; the last of it came ${time(lastSeenUs)}`;
  return {
    how: `it has not connected since the hub started ${duration(nowUs - hubStartedUs)} ago${seen}`,
    advice: 'Has it power and network, and does its agent run with the address of this hub?',
  };
}

function ended({ by, code, reason, remote, sinceUs, atUs }: FormerConnection): {
  how: string;
  advice: string;
} {
  const said = reason === '' ? '' : `: "${reason}"`;
  const lasted = `its connection from ${remote}, which lasted ${duration(atUs - sinceUs)},`;
  if (by === 'network') {
    return {
      how: `${lasted} broke off without a word`,
      advice:
        'Power, network or a crash of its agent. It comes back by itself within half a minute of their return.',
    };
  }
  if (by === 'device') {
    return {
      how: `${lasted} was ended by the device with ${code}${said}`,
      advice: 'Its agent was stopped, or stopped itself: start it, or read the end of its log.',
    };
  }
  return {
    how: `${lasted} was ended by the hub with ${code}${said}`,
    advice: ADVICE[code ?? 0] ?? 'Read the log of its agent.',
  };
}

const LATER = 'It was asked to come back by itself after a while.';
const AT_FAULT =
  'Its software breaks the protocol, so it comes back rarely: update it; see also what was refused.';
const ADVICE: Readonly<Record<number, string>> = {
  [CloseCode.timeout]: 'The line is dead or the device hangs: check its power and network.',
  [CloseCode.policyViolation]: AT_FAULT,
  [CloseCode.protocolError]: AT_FAULT,
  [CloseCode.serviceRestart]: LATER,
  [CloseCode.tryAgainLater]: LATER,
};

/** Two machines with one name throw each other out. A single takeover is a device whose old connection had died. */
export const twins: Rule = ({ known, nowUs }) => {
  const takeovers = known?.takeovers ?? [];
  const [first] = takeovers;
  if (first === undefined || takeovers.length < TWINS_MIN) return NOTHING;
  const addresses = [...new Set(takeovers.flatMap(({ from, to }) => [from, to]))];
  const where = addresses.length === 1 ? `all from ${addresses[0]}` : `from ${addresses.join(' and ')}`;
  const message =
    `newer connections took over ${count(takeovers.length, 'time')} in ${duration(nowUs - first.atUs)}, ${where}: ` +
    (addresses.length === 1
      ? 'two agents with one name, or a line that keeps breaking'
      : 'two devices with one name');
  return [
    {
      ...{ severity: 'warning', code: 'device.twins', sinceUs: first.atUs, message },
      advice:
        'Give one of them another name (and a token and spool of its own): their readings end up in one series.',
    },
  ];
};

export const silent: Rule = ({ known, nowUs, log }) => {
  if (known?.state !== 'stale' || known.connection === null) return NOTHING;
  const { connection, lastReadingUs, sinceUs, channels } = known;
  const shortest = Math.min(...channels.map(({ intervalMs }) => intervalMs ?? Infinity));
  const expected = Number.isFinite(shortest) ? `, though one is due every ${duration(shortest * 1e3)}` : '';
  const last =
    lastReadingUs === null
      ? 'no reading has come since the hub started'
      : `no reading came for ${duration(nowUs - lastReadingUs)}`;
  const message = `it is connected from ${connection.remote} (for ${duration(nowUs - connection.sinceUs)}) but ${last}${expected}`;
  const advice =
    log.state === 'ok'
      ? 'Its agent runs and reads nothing: look at its sources, ports and wiring.'
      : 'The hub grants no credit while it cannot write its log; the device keeps its readings meanwhile.';
  return [{ severity: 'error', code: 'device.silent', sinceUs: lastReadingUs ?? sinceUs, message, advice }];
};
