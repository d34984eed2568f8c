/** What was refused, what was given up, and what is still to come. */
import { codeName, GapReason } from '@weir/protocol';
import type { BacklogFacts, Facts } from '../facts.js';
import { NOTHING, type Finding, type Rule } from '../finding.js';
import { count, duration, time } from '../words.js';

const RECENT_US = 3_600e6;

const REJECT_ADVICE: Readonly<Record<string, string>> = {
  'protocol.channel_conflict': 'A channel keeps its type and unit for good: give the changed one a new name.',
  'protocol.too_many_channels':
    'Raise limits.channels_per_device or limits.series of the hub, or describe fewer.',
  'protocol.value_type': 'The source now brings values of another type: give them a channel of their own.',
  'protocol.frame_too_large':
    'Let the agent put fewer readings into a frame, or raise limits.frame_bytes of the hub.',
};

export const rejects: Rule = ({ known, nowUs }) =>
  (known?.rejects ?? []).map(({ code, count: times, lastUs, limit, value, message }): Finding => {
    const figures = [limit === null ? '' : `limit ${limit}`, value === null ? '' : `value ${value}`].filter(
      Boolean,
    );
    const last = figures.length === 0 ? '' : ` (${figures.join(', ')})`;
    return {
      severity: nowUs - lastUs < RECENT_US ? 'warning' : 'note',
      ...{ code: 'frames.rejected', sinceUs: lastUs },
      message: `the hub refused ${count(times, 'frame')} of it for good with ${code}, the last ${duration(nowUs - lastUs)} ago: ${message}${last}`,
      advice: REJECT_ADVICE[code] ?? 'Its software sends what the protocol does not allow: update it.',
    };
  });

const LOSS: Readonly<Record<number, { readonly why: string; readonly advice: string }>> = {
  [GapReason.spoolBytes]: {
    why: 'its spool was full',
    advice: 'It was offline for longer than its spool has room for: raise the size of the spool.',
  },
  [GapReason.spoolAge]: {
    why: 'they were older than its spool keeps them',
    advice: 'It was offline for longer than its spool keeps readings: raise the age of the spool.',
  },
  [GapReason.spoolDamaged]: {
    why: 'its spool was damaged',
    advice: 'Check the SD card or disk of the device.',
  },
};

export const losses: Rule = ({ known, nowUs, device }) => {
  if (known === null || known.loss.frames === 0) return NOTHING;
  const { frames, lastUs, reason } = known.loss;
  const recent = lastUs !== null && nowUs - lastUs < RECENT_US;
  const { why, advice } = LOSS[reason ?? 0] ?? {
    why: reason === null ? '' : codeName(GapReason, reason),
    advice: '',
  };
  const when = lastUs === null ? '' : `, the last ${duration(nowUs - lastUs)} ago`;
  return [
    {
      ...{ severity: recent ? 'warning' : 'note', code: 'readings.lost', sinceUs: lastUs },
      message: `the device gave up ${count(frames, 'frame')} in all before they could be sent${when}${why === '' ? '' : `: ${why}`}`,
      advice: `${advice} \`weir ledger ${device}\` lists what is missing.`.trim(),
    },
  ];
};

export const backlog: Rule = (facts) => {
  const { known, nowUs } = facts;
  if (known === null || known.backlog.frames === 0) return NOTHING;
  const { backlog: held } = known;
  const why = stalledBecause(facts);
  const oldest =
    held.oldestUs === null
      ? ''
      : `, the oldest from about ${time(held.oldestUs)} (${duration(nowUs - held.oldestUs)} ago)`;
  const message = `${amount(held)} are still on the device${oldest}; ${why ?? progress(held, nowUs)}`;
  return [
    {
      ...{ severity: why === null || known.state === 'offline' ? 'note' : 'warning', sinceUs: null, message },
      code: why === null ? 'backlog.draining' : 'backlog.stalled',
      advice: why === null ? 'Wait; new readings come first.' : 'They come once that is mended.',
    },
  ];
};

function amount({ frames, readings }: BacklogFacts): string {
  return readings === null
    ? count(frames, 'frame')
    : `${count(frames, 'frame')} (about ${count(readings, 'reading')})`;
}

function progress({ framesPerSecond, endUs }: BacklogFacts, nowUs: number): string {
  if (endUs === null) return 'they have just begun to come';
  const pace = `${count(framesPerSecond, 'frame')} a second arrive`;
  return `${pace}, so the last comes in ${duration(endUs - nowUs)}, at ${time(endUs)}`;
}

/** Time within which the first frames of a backlog come after a hello. */
const BEGINNING_US = 30e6;

/** Why a backlog does not drain; null when it does, or is about to. */
export function stalledBecause({ known, log, nowUs }: Facts): string | null {
  if (known === null || known.backlog.frames === 0) return null;
  if (known.connection === null) return 'none of them comes, because the device is offline';
  if (log.state !== 'ok')
    return 'none of them comes, because the hub grants no credit while it cannot write its log';
  const beginning = nowUs - known.connection.sinceUs < BEGINNING_US;
  return known.backlog.endUs !== null || beginning ? null : 'none of them came for half a minute';
}
