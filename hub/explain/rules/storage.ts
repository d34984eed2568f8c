/** Does what has arrived get onto the disk and into the stores? */
import type { Facts, StoreFacts } from '../facts.js';
import { NOTHING, type Finding, type Rule } from '../finding.js';
import { bytes, count, duration, time } from '../words.js';

/** A store this little behind is merely gathering a batch. */
const LAG_BYTES_MIN = 2 ** 20;

export const logState: Rule = ({ log }) => {
  if (log.state === 'ok') return NOTHING;
  const full = log.state === 'disk_full';
  return [
    {
      ...{ severity: 'error', code: `log.${log.state}`, sinceUs: null },
      message: `the hub cannot write its log, so it confirms nothing and devices keep their readings: ${log.error ?? log.state}`,
      advice: full
        ? 'Make room on the disk of data_dir; it then goes on by itself.'
        : 'Check the disk of data_dir; the hub tries again by itself.',
    },
  ];
};

export const stores: Rule = (facts) =>
  facts.stores.flatMap((store) => failing(store, facts) ?? behind(store, facts) ?? []);

function failing({ name, state, error, retryAtUs, lagBytes }: StoreFacts, { nowUs }: Facts): Finding | null {
  if (state === 'running') return null;
  const again = retryAtUs === null ? '' : `; next try in ${duration(retryAtUs - nowUs)}`;
  return {
    ...{ severity: state === 'failed' ? 'error' : 'warning', code: `store.${state}`, sinceUs: null },
    message: `the store ${name} takes nothing in, ${bytes(lagBytes)} of the log wait for it${again}: ${error ?? 'no reason given'}`,
    advice: 'Nothing is lost: it is filled from the log once it works. The message says what to mend.',
  };
}

function behind(
  { name, lagBytes, caughtUpUs, cursor }: StoreFacts,
  { known, channel, nowUs }: Facts,
): Finding | null {
  const concerned = known?.channels.some(
    (each) => each.logOffset > cursor && (channel ?? each.name) === each.name,
  );
  if (lagBytes < LAG_BYTES_MIN || concerned !== true) return null;
  const late = `the store ${name} is ${bytes(lagBytes)} behind the log, readings of this device among them`;
  const end =
    caughtUpUs === null
      ? ''
      : `; it will have caught up in ${duration(caughtUpUs - nowUs)}, at ${time(caughtUpUs)}`;
  return {
    severity: caughtUpUs === null ? 'warning' : 'note',
    ...{ code: 'store.behind', sinceUs: null, message: `${late}${end}` },
    advice:
      caughtUpUs === null
        ? 'It does not get nearer: more arrives than it takes in. Give it a faster disk or machine.'
        : 'Wait.',
  };
}

export const quarantine: Rule = ({ known, device, nowUs }) =>
  (known?.quarantined ?? []).map(({ store, readings, sinceUs, reason }) => ({
    ...{ severity: 'warning', code: 'store.quarantine', sinceUs },
    message: `the store ${store} refused ${count(readings, 'reading')} of it, the first ${duration(nowUs - sinceUs)} ago, and they are set aside: "${reason}"`,
    advice: `\`weir quarantine list --device ${device}\` shows them; mend the cause in the store, then \`weir quarantine retry\`.`,
  }));
