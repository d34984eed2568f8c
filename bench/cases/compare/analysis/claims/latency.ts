import { intervalText, numberText } from '../../report/words.js';
import type { Method } from '../../scenario.js';
import { isClassic, scenarioOf, timesAsLarge, type Pair } from './pairs.js';
import { othersOf, type ClaimRule } from './rule.js';

const times = ({ other, websocket }: Pair) =>
  timesAsLarge(other, websocket, ({ latency }) => (latency.count > 0 ? latency.meanUs : NaN));

const theory = ({ other, websocket }: Pair): number | null => {
  const [over, under] = [other.cell.theory, websocket.cell.theory];
  return over === null || under === null || under.predictedMs <= 0
    ? null
    : over.predictedMs / under.predictedMs;
};

/** Polled as often as readings come, as in the experiment that the claim is from. */
const asOften = (pair: Pair): boolean => {
  const scenario = scenarioOf(pair);
  return scenario.method === 'poll' && scenario.pollMs === 1000 / (scenario.rateHz ?? NaN);
};

const sameNetwork = (one: Pair, another: Pair): boolean =>
  scenarioOf(one).network.name === scenarioOf(another).network.name;

export const LATENCY: ClaimRule = {
  id: 'latency',
  told: "One-way latency of WebSocket is about a third of HTTP polling's",
  toldRatio: 3,
  toldBy: 'Pimentel and Nickerson 2012',
  judgedBy: (pair) =>
    scenarioOf(pair).direction === 'display' && isClassic(scenarioOf(pair)) && asOften(pair),
  times,
  theory,
  notes: (headline, pairs) => [
    'It is a matter of what the hub sends down, and of how often is asked: the mean is L + D/2, so the factor is 3 where D is four times L, and has no bound where L is small.',
    uplinkNote(headline, pairs),
    longPollNote(headline, pairs),
  ],
  elsewhere: (headline, pairs) => {
    const classic = pairs.filter((pair) => pair !== headline && isClassic(scenarioOf(pair)));
    const here = classic.filter((pair) => sameNetwork(pair, headline));
    const away = classic.filter((pair) => !here.includes(pair) && scenarioOf(pair).direction === 'display');
    return othersOf([...here, ...away.filter(isPolling)], { times, theory });
  },
};

const isPolling = (pair: Pair): boolean => ['poll', 'long-poll'].includes(scenarioOf(pair).method);

function ratioText(pairs: readonly Pair[], headline: Pair, direction: string, method: Method): string | null {
  const pair = pairs.find(
    (each) =>
      sameNetwork(each, headline) &&
      isClassic(scenarioOf(each)) &&
      scenarioOf(each).direction === direction &&
      scenarioOf(each).method === method,
  );
  const found = pair === undefined ? null : times(pair);
  return found === null ? null : numberText(found.ratio) + intervalText(found.ci95);
}

function uplinkNote(headline: Pair, pairs: readonly Pair[]): string {
  const said = "A device's uplink is not polled: its counterpart in HTTP is a POST for each reading";
  const times = (method: Method, words: string): string[] => {
    const found = ratioText(pairs, headline, 'uplink', method);
    return found === null ? [] : [`${words} takes ${found} times as long as WebSocket`];
  };
  const parts = [
    ...times('post-kept', 'over a connection kept alive it'),
    ...times('post-new', 'over a new one it'),
  ];
  return parts.length === 0 ? `${said}.` : `${said}; ${parts.join('; ')}.`;
}

function longPollNote(headline: Pair, pairs: readonly Pair[]): string {
  const found = ratioText(pairs, headline, 'display', 'long-poll');
  return found === null
    ? ''
    : `Long polling, HTTP too, takes ${found} times as long as WebSocket: as long as it while a round trip is shorter than the time between readings.`;
}
