/** Which runs are set against which, and how many times better one is than the other. */
import { ratioOf, type Ratio } from '../../../../measure/statistics.js';
import { methodName } from '../../report/methods.js';
import { conditionsText, isDelayOnly } from '../../report/words.js';
import { scenarioKey, type Method, type Scenario } from '../../scenario.js';
import type { Cell } from '../analysis.js';
import type { Quantity } from '../cell.js';
import type { RunRecord } from '../../record.js';

/** All that is known of one scenario. */
export interface Group {
  readonly cell: Cell;
  readonly records: readonly RunRecord[];
}

/** Two methods under the same conditions. */
export interface Pair {
  readonly other: Group;
  readonly websocket: Group;
}

const OVER_TLS: ReadonlySet<Method> = new Set(['wss', 'posts-full', 'posts-resumed', 'posts-kept']);
/** The delay at which claims are judged: that of the classic experiment that a mobile network comes closest to. */
const HEADLINE_DELAY_MS = 75;

/** Each group that is not WebSocket with WebSocket's of the same direction, network, load and encryption. */
export function pairsOf(groups: readonly Group[]): Pair[] {
  const byKey = new Map(groups.map((group) => [group.cell.key, group]));
  return groups.flatMap((other) => {
    const { scenario } = other.cell;
    if (scenario.method === 'ws' || scenario.method === 'wss') return [];
    const method = OVER_TLS.has(scenario.method) ? 'wss' : 'ws';
    const websocket = byKey.get(scenarioKey({ ...scenario, method, pollMs: null }));
    return websocket === undefined ? [] : [{ other, websocket }];
  });
}

export const scenarioOf = ({ other }: Pair): Scenario => other.cell.scenario;

/** The classic load: one device, four readings a second, each a message of its own. */
export function isClassic({ devices, rateHz, readingsPerMessage, noDelay }: Scenario): boolean {
  return devices === 1 && rateHz === 4 && readingsPerMessage === 1 && noDelay;
}

/** Is it of the classic load, from the device to the hub, by this method? */
export const classicUplink =
  (method: Method) =>
  (pair: Pair): boolean => {
    const scenario = scenarioOf(pair);
    return scenario.direction === 'uplink' && isClassic(scenario) && scenario.method === method;
  };

/** Of pairs that differ in their network: at 75 ms, else at the middle of the delays, else the first. */
export function headlineOf(pairs: readonly Pair[]): Pair | undefined {
  const delayMs = (pair: Pair): number => scenarioOf(pair).network.up.delayMs;
  const delayed = pairs
    .filter((pair) => isDelayOnly(scenarioOf(pair).network))
    .sort((one, another) => delayMs(one) - delayMs(another));
  const classic = delayed.find((pair) => delayMs(pair) === HEADLINE_DELAY_MS);
  return classic ?? delayed[delayed.length >> 1] ?? pairs[0];
}

/** How many times as large a quantity is in one group as in another, run by run of a round where both have it. */
export function timesAsLarge(over: Group, under: Group, quantity: Quantity): Ratio | null {
  const values = ({ records }: Group): Map<string, number> =>
    new Map(records.map((record) => [`${record.plan.replicate} ${record.plan.seed}`, quantity(record)]));
  return ratioOf(values(over), values(under));
}

/** `Polling every 250 ms, hub to page, 75 ms one way, 4 readings/s, 1 a message`. */
export function conditionsOf(pair: Pair): string {
  return `${methodName(scenarioOf(pair))}, ${conditionsText(scenarioOf(pair))}`;
}
