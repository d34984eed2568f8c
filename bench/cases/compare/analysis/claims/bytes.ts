import { methodName } from '../../report/methods.js';
import { intervalText, numberText } from '../../report/words.js';
import { bytesBothWays, perReading } from '../cell.js';
import { batching } from './batching.js';
import { classicUplink, isClassic, scenarioOf, timesAsLarge, type Group, type Pair } from './pairs.js';
import { othersOf, type ClaimRule } from './rule.js';

const bytes = perReading(bytesBothWays);
const times = ({ other, websocket }: Pair) => timesAsLarge(other, websocket, bytes);
const theory = (): null => null;

export const BYTES: ClaimRule = {
  id: 'bytes',
  told: 'WebSocket sends fewer bytes, because headers are not repeated',
  toldRatio: 3285 / 388,
  toldBy: 'HiveMQ, by Wang 2018 (a message: HTTP 3,285, MQTT 388 bytes)',
  judgedBy: classicUplink('post-kept'),
  orBy: classicUplink('posts-kept'),
  times,
  theory,
  notes: (headline, _pairs, groups) => [
    'Counted are IP packets of both ways with their headers and acknowledgements, which no method spares. The POST has no more headers than the hub needs; a browser adds some hundred bytes to each. Its body begins with the greeting that WebSocket sends once.',
    breakEven(headline, groups),
    batching(groups, bytes, 'bytes'),
  ],
  elsewhere: (headline, pairs) => {
    const { network } = scenarioOf(headline);
    const uplinks = pairs.filter((pair) => pair !== headline && scenarioOf(pair).direction === 'uplink');
    const here = uplinks.filter(
      (pair) => isClassic(scenarioOf(pair)) && scenarioOf(pair).network.name === network.name,
    );
    const batched = uplinks.filter(
      (pair) => scenarioOf(pair).rateHz !== null && scenarioOf(pair).readingsPerMessage > 1,
    );
    return othersOf([...here, ...batched], { times, theory });
  },
};

/** How many messages it takes until a WebSocket with its greeting has cost less than as many POSTs over new connections. */
function breakEven({ websocket }: Pair, groups: readonly Group[]): string {
  const { scenario, setupBytes, bytesPerReading } = websocket.cell;
  const opened = groups.find(
    ({ cell }) =>
      cell.scenario.method === 'post-new' &&
      cell.scenario.direction === 'uplink' &&
      isClassic(cell.scenario) &&
      cell.scenario.network.name === scenario.network.name,
  )?.cell;
  if (opened === undefined || setupBytes.mean <= 0) return '';
  const name = methodName(opened.scenario);
  const spared = opened.bytesPerReading.mean - bytesPerReading.mean;
  if (spared <= 0) return `A message by ${name} costs no more than one by WebSocket.`;
  const messages = Math.ceil(setupBytes.mean / spared);
  const whole = `${numberText(setupBytes.mean)}${intervalText(setupBytes.ci95)} bytes`;
  return messages <= 1
    ? `A WebSocket's connection and greeting take ${whole}; from the first message on that is less than ${name}.`
    : `A WebSocket's connection and greeting take ${whole}: for fewer than ${messages} messages ${name} costs less.`;
}
