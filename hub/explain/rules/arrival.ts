/** Does the device get as far as its hello? */
import type { Refused } from '../../auth/refusals.js';
import type { Facts } from '../facts.js';
import { NOTHING, type Finding, type Rule } from '../finding.js';
import { count, duration, few } from '../words.js';

/** A caller that was not turned away for so long has given up, or got in. */
const RECENT_US = 15 * 60e6;

export const unknownDevice: Rule = ({ known, device, nearest }) => {
  if (known !== null) return NOTHING;
  const near = nearest.length === 0 ? '' : `; known are ${few(nearest)}`;
  return [
    {
      ...{ severity: 'error', code: 'device.unknown', sinceUs: null },
      message: `no device called ${JSON.stringify(device)} has ever said hello to this hub${near}`,
      advice:
        nearest.length === 0
          ? 'Is its agent running, with the address of this hub? Its own log says whether it can connect.'
          : 'Is one of those meant? If not: is its agent running, with this name and the address of this hub?',
    },
  ];
};

interface Explained {
  readonly code: string;
  readonly what: (refused: Refused) => string;
  readonly advice: string;
}

const token = ({ holder }: Refused): string => (holder === null ? 'its token' : `the token "${holder}"`);

/** By the code with which the hub turned the caller away. */
const REASONS: Readonly<Record<string, Explained>> = {
  'auth.unauthorized': {
    code: 'device.token_unknown',
    what: ({ message }) =>
      message === 'no bearer token' ? 'it brings no token' : 'the hub does not know its token',
    advice:
      'Was the token revoked or mistyped? Give the device one that is listed under `tokens` of the hub.',
  },
  'auth.too_many_failures': {
    code: 'device.token_unknown',
    what: () => 'it brought wrong tokens so often that its address has to wait',
    advice: 'Correct the token of the device; it is let in at once with a right one.',
  },
  'auth.forbidden': {
    code: 'device.token_role',
    what: (refused) => `${token(refused)} is known, but is not for devices`,
    advice: 'Give the device a token with `role: device`.',
  },
  'protocol.device_mismatch': {
    code: 'device.token_other',
    what: (refused) => `${token(refused)} is for another device`,
    advice: 'Give the device the token made for it, or correct its name in its configuration.',
  },
  'hub.busy': {
    code: 'hub.busy',
    what: ({ message }) => `the hub is full or too many come at once: ${message}`,
    advice:
      'Devices come back by themselves. If it lasts, raise limits.connections or limits.connects_per_second, and the ' +
      "system's limit of open files (ulimit -n), which lowers the first where it is short: the hub's log says so at its start.",
  },
  'hub.stopping': {
    code: 'hub.busy',
    what: () => 'the hub was stopping',
    advice: 'Devices come back by themselves.',
  },
  'hub.no_hello': {
    code: 'device.no_hello',
    what: () => 'it connects and then does not say which device it is',
    advice: 'Something other than an agent, or one that hangs. Restart it; its log says how far it gets.',
  },
};

const OTHER: Explained = {
  code: 'device.refused',
  what: ({ message }) => message,
  advice: 'docs/errors.md says more of the code.',
};

export const turnedAway: Rule = (facts) =>
  facts.refused
    .filter((refused) => matters(refused, facts))
    .slice(0, 3)
    .map((refused) => finding(refused, facts));

/** What was before the device last got in is over. */
function matters({ lastUs }: Refused, { nowUs, known }: Facts): boolean {
  const inUs = known?.connection?.sinceUs ?? known?.former?.sinceUs ?? 0;
  return nowUs - lastUs < RECENT_US && lastUs > inUs;
}

function finding(refused: Refused, { nowUs, known, device }: Facts): Finding {
  const { firstUs, lastUs, remote, count: times } = refused;
  const { code, what, advice } = REASONS[refused.code] ?? OTHER;
  const named = refused.device !== null;
  const caller = named
    ? `a caller named ${device} at ${remote}`
    : `a caller at ${remote}, where ${device} was last,`;
  const often = `${count(times, 'time')}, last ${duration(nowUs - lastUs)} ago (${refused.code})`;
  const isThere = (known?.connection ?? null) !== null;
  return {
    severity: isThere || (!named && known !== null && known.state !== 'offline') ? 'warning' : 'error',
    code,
    sinceUs: firstUs,
    message: `${caller} was turned away ${often}: ${what(refused)}`,
    advice: isThere ? `Another machine uses the name of this device. ${advice}` : advice,
  };
}
