/** Does the device itself get anything from its sensors? */
import type { Facts, SourceFacts } from '../facts.js';
import { NOTHING, type Finding, type Rule } from '../finding.js';
import { bytes, duration } from '../words.js';

/** A sum that grew within this time is growing. */
const GROWING_US = 5 * 60e6;

/** What an offline device said last of its ports may have changed since. */
function sourcesOf({ known, channel }: Facts): readonly SourceFacts[] {
  if (known === null || known.state === 'offline') return [];
  return known.sources.filter(({ name }) => channel === null || channel.startsWith(`${name}/`));
}

export const port: Rule = (facts) => {
  const sources = sourcesOf(facts);
  const shut = sources.filter((source) => source.port !== null && source.port !== 'open');
  const all = shut.length > 0 && shut.length === sources.length;
  return shut.map((source): Finding => {
    const [state = '', ...why] = (source.port ?? '').split(': ');
    const reason = why.length === 0 ? '' : `: ${why.join(': ')}`;
    const lasts = source.portUs === null ? '' : ` for ${duration(facts.nowUs - source.portUs)}`;
    return {
      severity: all ? 'error' : 'warning',
      code: state === 'closed' ? 'port.closed' : 'port.waiting',
      sinceUs: source.portUs,
      message: `the port of source ${source.name} is ${state}${lasts}${reason}`,
      advice:
        state === 'closed'
          ? 'The agent has given this source up: correct its settings, or start the agent anew.'
          : 'Plug it in, or correct its path and rights in the settings of the agent; it tries again by itself.',
    };
  });
};

export const discards: Rule = (facts) =>
  sourcesOf(facts).flatMap(({ name, discardedBytes, discardedUs }) => {
    if (discardedBytes === 0 || discardedUs === null || facts.nowUs - discardedUs > GROWING_US)
      return NOTHING;
    const ago = duration(facts.nowUs - discardedUs);
    return [
      {
        ...{ severity: 'warning', code: 'port.discards', sinceUs: discardedUs },
        message: `source ${name} has thrown away ${bytes(discardedBytes)} that were no readings, the last ${ago} ago`,
        advice:
          'Do baud rate, framing and format fit what is sent? At log level debug the agent shows the bytes.',
      },
    ];
  });
