/** Energy of the device. Modelled figures are never called measured. */
import type { RunEnergy } from '../../../../energy/energy.js';
import type { RunRecord } from '../../record.js';
import { intervalText, numberText, percentText } from '../../report/words.js';
import { methodName } from '../../report/methods.js';
import { perReading, type Quantity } from '../cell.js';
import { batching } from './batching.js';
import { classicUplink, isClassic, scenarioOf, timesAsLarge, type Pair } from './pairs.js';
import { othersOf, type ClaimRule, type Elsewhere } from './rule.js';

/** The one device whose radio was measured frame by frame. */
const HEADLINE_PROFILE = 'pi1-serrano2015';

const ofProfile =
  (profile: string, of: (energy: RunEnergy) => number): Quantity =>
  ({ energy }) => {
    const found = energy.find((each) => each.profile === profile);
    return found === undefined ? NaN : of(found);
  };

const timesIn = ({ other, websocket }: Pair, profile: string, of: (energy: RunEnergy) => number) =>
  timesAsLarge(other, websocket, perReading(ofProfile(profile, of)));

const marginal = (energy: RunEnergy): number => energy.marginalJ;
const theory = (): null => null;

/** The headline's, else the first modelled one, else what a meter said. */
function headlineEnergy({ websocket }: Pair): RunEnergy | undefined {
  const energy = websocket.records[0]?.energy ?? [];
  return (
    energy.find(({ profile }) => profile === HEADLINE_PROFILE) ??
    energy.find(({ source }) => source === 'modelled') ??
    energy[0]
  );
}

const times = (pair: Pair) => timesIn(pair, headlineEnergy(pair)?.profile ?? '', marginal);

export const ENERGY: ClaimRule = {
  id: 'energy',
  told: 'WebSocket saves energy on small devices, because polling opens a connection for each message',
  toldRatio: 0.194 / 0.03,
  toldBy: 'Nicholas 2012 (a phone on Wi-Fi, to send: HTTPS 0.194, MQTT 0.030 J)',
  judgedBy: classicUplink('post-new'),
  orBy: classicUplink('posts-full'),
  times,
  theory,
  notes: (headline, pairs, groups) => {
    const energy = headlineEnergy(headline);
    if (energy === undefined) return [];
    const { profile } = energy;
    return [
      sourceNote(energy),
      totalNote(headline, profile),
      radioNote(headline, energy),
      sensitivityNote(headline, energy),
      keptNote(headline, pairs, profile),
      lteNote(headline),
      batching(groups, perReading(ofProfile(profile, marginal)), 'joules beyond idle'),
    ];
  },
  elsewhere: (headline, pairs) => {
    const uplinks = pairs.filter(
      (pair) => scenarioOf(pair).direction === 'uplink' && isClassic(scenarioOf(pair)),
    );
    const here = uplinks.filter(
      (pair) => scenarioOf(pair).network.name === scenarioOf(headline).network.name,
    );
    const others = uplinks.filter((pair) => !here.includes(pair) && scenarioOf(pair).method === 'post-new');
    return [
      ...profilesElsewhere(headline),
      ...othersOf([...here.filter((pair) => pair !== headline), ...others], { times, theory }),
    ];
  },
};

function profilesElsewhere(headline: Pair): Elsewhere[] {
  const own = headlineEnergy(headline)?.profile;
  return (headline.websocket.records[0]?.energy ?? []).flatMap(({ profile, source }) => {
    const found = profile === own ? null : timesIn(headline, profile, marginal);
    const how = source === 'modelled' ? 'modelled' : 'measured';
    return found === null
      ? []
      : [{ conditions: `${profile} (${how}), the same runs`, ...found, theory: null }];
  });
}

function sourceNote({ source, profile }: RunEnergy): string {
  return source === 'modelled'
    ? `Modelled, not measured: from counted packets and CPU time, by the device profile ${profile}, beyond the idle device.`
    : `Measured by ${source.toUpperCase()} (${profile}), beyond the idle machine.`;
}

/** The radio is what the sources of the claim measured; the CPU's figures are the model's least sure ones. */
function radioNote(headline: Pair, { profile, radioJ, marginalJ }: RunEnergy): string {
  const found = radioJ === null ? null : timesIn(headline, profile, (energy) => energy.radioJ ?? NaN);
  if (found === null || radioJ === null || marginalJ <= 0) return '';
  return `Of the radio alone the ratio is ${numberText(found.ratio)}${intervalText(found.ci95)}; by WebSocket the radio is ${percentText(radioJ / marginalJ)} of what is spent, the CPU the rest.`;
}

function totalNote(headline: Pair, profile: string): string {
  const found = timesIn(headline, profile, ({ totalJ }) => totalJ);
  return found === null
    ? ''
    : `What a battery sees, the idle device in it, is ${numberText(found.ratio)}${intervalText(found.ci95)} times as much.`;
}

/** One figure of the model at a time is moved, in both arms together. */
function sensitivityNote(pair: Pair, energy: RunEnergy): string {
  const { profile } = energy;
  const moved = Object.keys(energy.sensitivity).flatMap((figure) =>
    ([0, 1] as const).flatMap((end) => {
      const found = timesIn(pair, profile, ({ sensitivity }) => figureOf(sensitivity, figure, end));
      return found === null ? [] : [{ figure, ratio: found.ratio }];
    }),
  );
  if (moved.length === 0) return '';
  const sorted = moved.sort((one, another) => one.ratio - another.ratio);
  const [least, most] = [sorted[0], sorted.at(-1)];
  return `With any one figure of the model a third or three times as large it is between ${numberText(least?.ratio ?? NaN)} (${least?.figure}) and ${numberText(most?.ratio ?? NaN)} (${most?.figure}).`;
}

function figureOf(sensitivity: RunEnergy['sensitivity'], figure: string, end: 0 | 1): number {
  return (sensitivity as Readonly<Record<string, readonly [number, number]>>)[figure]?.[end] ?? NaN;
}

function keptNote(headline: Pair, pairs: readonly Pair[], profile: string): string {
  const { network } = scenarioOf(headline);
  const kept = pairs.find(
    (pair) => classicUplink('post-kept')(pair) && scenarioOf(pair).network.name === network.name,
  );
  const found = kept === undefined ? null : timesIn(kept, profile, marginal);
  if (kept === undefined || found === null) return '';
  return `HTTP need not open a connection for each message: ${methodName(scenarioOf(kept))}, takes ${numberText(found.ratio)}${intervalText(found.ci95)} times as much as WebSocket.`;
}

/** On a radio with long tails the frames hardly count: it never sleeps at this rate. */
function lteNote(headline: Pair): string {
  const records: readonly RunRecord[] = headline.websocket.records;
  const lte = records[0]?.energy.find(({ profile }) => profile.includes('lte'))?.profile;
  const found = lte === undefined ? null : timesIn(headline, lte, marginal);
  return found === null
    ? ''
    : `On LTE (${lte}) it is ${numberText(found.ratio)}${intervalText(found.ci95)}: with a message every quarter of a second the radio never sleeps, whatever is sent.`;
}
