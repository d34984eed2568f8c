/** Compares what was confirmed to the agents with what the store and the MQTT subscriber hold. Pure. */
import type { JournalLine } from './journal.js';
import { readingName } from './mqtt-message.js';
import type { StoredReading } from './stored.js';
import type { Delivery } from './subscriber.js';

export interface Evidence {
  /** By device. */
  readonly journals: ReadonlyMap<string, readonly JournalLine[]>;
  readonly stored: readonly StoredReading[];
  readonly deliveries: ReadonlyMap<string, Delivery>;
  /** What the broker acknowledged to the bridge. */
  readonly takenByBroker: ReadonlySet<string>;
}

/** Lists of names are what is wrong; all but `lostByBroker` are Weir's fault. */
export interface Verdict {
  readonly acked: number;
  readonly stored: number;
  readonly delivered: number;
  /** Confirmed, and not in the store. */
  readonly lost: readonly string[];
  /** In the store again: a name for each row too many. */
  readonly duplicated: readonly string[];
  /** In the store or delivered, and never sent so: another value, identity or monotonic time. */
  readonly altered: readonly string[];
  /** Further from the true time than the stored uncertainty says. */
  readonly misdated: readonly string[];
  /** Refused by the hub. */
  readonly rejected: readonly string[];
  /** Confirmed, and neither delivered nor ever acknowledged by the broker. */
  readonly undelivered: readonly string[];
  /** Acknowledged by the broker and not delivered. */
  readonly lostByBroker: readonly string[];
}

/** Reading two clocks takes two calls, and a clock that is being set is off by as much for a moment. */
const CLOCK_SLACK_US = 5_000;

interface SentReading {
  readonly epoch: number;
  readonly seq: number;
  readonly monotonicUs: number;
  readonly timeUs: number;
  readonly acked: boolean;
}

export function judge({ journals, stored, deliveries, takenByBroker }: Evidence): Verdict {
  const altered: string[] = [];
  const rejected: string[] = [];
  const sent = new Map<string, SentReading>();
  for (const [device, lines] of journals) sentBy(device, lines, sent, altered, rejected);
  const held = new Set<string>();
  const duplicated: string[] = [];
  const misdated: string[] = [];
  for (const row of stored) {
    const name = readingName(row.device, row.key);
    if (held.has(name)) duplicated.push(name);
    held.add(name);
    const truth = sent.get(name);
    if (truth?.epoch !== row.epoch || truth.seq !== row.seq || truth.monotonicUs !== row.monotonicUs)
      altered.push(`${name} in the store`);
    else if (Math.abs(row.timeUs - truth.timeUs) > row.uncertaintyUs + CLOCK_SLACK_US)
      misdated.push(`${name} by ${row.timeUs - truth.timeUs} us, said to be within ${row.uncertaintyUs}`);
  }
  for (const [name, { epoch, sequence }] of deliveries) {
    const truth = sent.get(name);
    if (truth?.epoch !== epoch || truth.seq !== sequence) altered.push(`${name} over MQTT`);
  }
  const acked = [...sent].filter(([, reading]) => reading.acked).map(([name]) => name);
  const missing = acked.filter((name) => !deliveries.has(name));
  return {
    acked: acked.length,
    stored: held.size,
    delivered: deliveries.size,
    lost: acked.filter((name) => !held.has(name)),
    duplicated,
    altered,
    misdated,
    rejected,
    undelivered: missing.filter((name) => !takenByBroker.has(name)),
    lostByBroker: missing.filter((name) => takenByBroker.has(name)),
  };
}

/** Reads one device's journal. A frame that is sent again must say the same again. */
function sentBy(
  device: string,
  lines: readonly JournalLine[],
  sent: Map<string, SentReading>,
  altered: string[],
  rejected: string[],
): void {
  const acked = ackedFrames(lines);
  let offsetUs = 0;
  for (const line of lines) {
    if (line[0] === 'run') offsetUs = line[1];
    if (line[0] === 'rejected') rejected.push(`${device} epoch ${line[1]} frame ${line[2]}: ${line[3]}`);
    if (line[0] !== 'sent') continue;
    const [, epoch, seq, readings] = line;
    for (const [key, monotonicUs] of readings) {
      const name = readingName(device, key);
      const before = sent.get(name);
      if (before !== undefined && (before.epoch !== epoch || before.seq !== seq))
        altered.push(`${name} sent again`);
      const timeUs = monotonicUs + offsetUs;
      sent.set(name, { epoch, seq, monotonicUs, timeUs, acked: acked.has(`${epoch} ${seq}`) });
    }
  }
}

function ackedFrames(lines: readonly JournalLine[]): ReadonlySet<string> {
  const acked = new Set<string>();
  for (const line of lines) {
    if (line[0] !== 'acked') continue;
    const [, epoch, first, last] = line;
    for (let seq = first; seq <= last; seq++) acked.add(`${epoch} ${seq}`);
  }
  return acked;
}
