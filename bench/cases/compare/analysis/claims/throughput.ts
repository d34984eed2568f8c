import type { RunRecord } from '../../record.js';
import { methodName } from '../../report/methods.js';
import { conditionsText, intervalText, numberText } from '../../report/words.js';
import { perReading } from '../cell.js';
import { scenarioOf, timesAsLarge, type Pair } from './pairs.js';
import { othersOf, type ClaimRule } from './rule.js';

const times = ({ other, websocket }: Pair) => timesAsLarge(websocket, other, ({ throughput }) => throughput);
const theory = (): null => null;

const hubCpu = ({ other, websocket }: Pair) =>
  timesAsLarge(
    other,
    websocket,
    perReading(({ cpu }) => cpu.hubS),
  );

/** Of one core, above which a client has no time to send more. */
const BUSY_CLIENT = 0.9;

const atMost = (pair: Pair): boolean =>
  scenarioOf(pair).rateHz === null && scenarioOf(pair).direction === 'uplink';

export const THROUGHPUT: ClaimRule = {
  id: 'throughput',
  told: 'WebSocket moves more data than polling, above all with small payloads',
  toldRatio: 3500 / 950,
  toldBy: 'ThingsBoard (MQTT 3,500, HTTP 950 messages a second)',
  judgedBy: (pair) =>
    atMost(pair) && scenarioOf(pair).method === 'post-kept' && scenarioOf(pair).readingsPerMessage === 1,
  headline: (pairs) => [...pairs].sort(nearestAndMost)[0],
  times,
  theory,
  notes: (headline, pairs) => [
    'Both keep their connections: what is compared is the work for a message, and how many may be on their way. Every reading is stored before it is confirmed.',
    hubCpuNote(headline),
    payloadNote(headline, pairs),
    ...[headline.other, headline.websocket].map(({ cell, records }) => busyNote(cell.key, records)),
  ],
  elsewhere: (headline, pairs) => {
    const others = pairs.filter(atMost);
    return [
      ...othersOf(
        others.filter((pair) => pair !== headline),
        { times, theory },
      ),
      ...othersOf(
        others,
        { times: hubCpu, theory },
        (pair) => `hub's CPU a reading: ${methodName(scenarioOf(pair))}, ${conditionsText(scenarioOf(pair))}`,
      ),
    ];
  },
};

/** Where the network limits least, and the most devices send. */
function nearestAndMost(one: Pair, another: Pair): number {
  const [a, b] = [scenarioOf(one), scenarioOf(another)];
  return a.network.up.delayMs - b.network.up.delayMs || b.devices - a.devices;
}

function hubCpuNote(headline: Pair): string {
  const found = hubCpu(headline);
  return found === null
    ? ''
    : `The hub's CPU for a reading is ${numberText(found.ratio)}${intervalText(found.ci95)} times as much by POST.`;
}

function payloadNote(headline: Pair, pairs: readonly Pair[]): string {
  const { method, network, devices } = scenarioOf(headline);
  const larger = pairs
    .filter(atMost)
    .filter((pair) => scenarioOf(pair).method === method && scenarioOf(pair).devices === devices)
    .filter((pair) => scenarioOf(pair).network.name === network.name)
    .sort((one, another) => scenarioOf(another).readingsPerMessage - scenarioOf(one).readingsPerMessage)[0];
  if (larger === undefined || larger === headline) return '';
  const found = times(larger);
  if (found === null) return '';
  const { readingsPerMessage } = scenarioOf(larger);
  return `With ${readingsPerMessage} readings a message it is ${numberText(found.ratio)}${intervalText(found.ci95)} times as much: how many readings share a message matters more than how it travels.`;
}

function busyNote(key: string, records: readonly RunRecord[]): string {
  const busy = Math.max(...records.map(({ cpu, plan }) => cpu.clientS / plan.measuredS));
  if (busy < BUSY_CLIENT) return '';
  return `${key}: the client was busy for ${numberText(100 * busy)} % of a core, so it may be the limit, not the hub.`;
}
