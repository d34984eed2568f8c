import type { Finding, Totals } from '../api/types.js';
import type { DeviceReasons } from '../live/device-reasons.js';
import { printedCount } from '../store/format.js';
import { useObserved } from './hooks.js';

const MOST = 4;

/** What is wrong, since when, and what to do. Nothing at all when nothing is. */
export function Why({ reasons }: { reasons: DeviceReasons }) {
  const findings = useObserved(reasons.findings);
  const wrong = (findings ?? []).filter(({ severity }) => severity !== 'note');
  return (
    <div role="status" aria-label="Why something does not arrive">
      {wrong.length > 0 && (
        <ul class="why">
          {wrong.slice(0, MOST).map((finding) => (
            <Reason key={`${finding.code} ${finding.message.slice(0, 24)}`} finding={finding} />
          ))}
          {wrong.length > MOST && <li class="more">and {printedCount(wrong.length - MOST)} more</li>}
        </ul>
      )}
    </div>
  );
}

function Reason({ finding: { severity, code, message, advice } }: { finding: Finding }) {
  return (
    <li class={severity} title={code}>
      <p class="figures">
        <b>{severity === 'error' ? 'Nothing arrives' : 'Look at this'}:</b> {message}
      </p>
      <p class="advice">{advice}</p>
    </li>
  );
}

/** What became of the frames of a device: shown only when some of them never will be in a store. */
export function Losses({ reasons }: { reasons: DeviceReasons }) {
  const totals = useObserved(reasons.totals);
  if (totals === null || totals.expired + totals.rejected === 0) return null;
  return (
    <p class="losses figures">
      Of its frames {printedCount(totals.stored)} are stored
      {totals.pending > 0 && `, ${printedCount(totals.pending)} are still to come`}
      {lost(totals).map(([text, why]) => (
        <span key={text} title={why}>
          , <b>{text}</b>
        </span>
      ))}
    </p>
  );
}

function lost({
  expired,
  rejected,
  expiredBy,
  rejectedBy,
}: Totals): (readonly [text: string, why: string])[] {
  const by = (parts: Totals['expiredBy']): string =>
    parts.map(([name, count]) => `${name}: ${printedCount(count)}`).join(', ');
  return [
    ...(expired > 0 ? [[`${printedCount(expired)} expired`, by(expiredBy)] as const] : []),
    ...(rejected > 0 ? [[`${printedCount(rejected)} were refused`, by(rejectedBy)] as const] : []),
  ];
}
