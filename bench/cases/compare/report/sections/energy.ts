/** Joules per reading, by device profile. What is modelled and what a meter measured are never in one picture. */
import { group } from 'd3-array';
import type { Cell, EnergyEstimate } from '../../analysis/analysis.js';
import type { CompareResults } from '../../results.js';
import { DIRECTIONS, scenarioKey } from '../../scenario.js';
import { richest, sample, sweeps } from '../cells.js';
import type { LineFigure, Row, RowFigure, TableBlock } from '../document.js';
import { energyTheory } from '../energy-theory.js';
import { bySeries, linesOf } from '../lines.js';
import { conditionsText, DIRECTION_NAMES, joulesText, networkName, numberText } from '../words.js';
import { orMissing, text, type SectionMaker } from './section.js';
import { reachOf, sensitivityTable } from './sensitivity.js';

type Source = EnergyEstimate['source'];

const SOURCES: Readonly<Record<Source, string>> = {
  modelled: 'Modelled',
  rapl: 'Measured (RAPL)',
  ina219: 'Measured (INA219)',
};

const EXPLAINED: Readonly<Record<Source, string>> = {
  modelled:
    "Modelled: joules are computed from each run's counted packets and CPU seconds by a device profile, whose parameters have their sources in its data file. No meter was read. Marginal is what sending costs beyond an idle device; total has the idle device in it, shared among the readings of the time.",
  rapl: 'Measured: the package power of this machine by RAPL, of client and hub and everything else on it; idle was measured before the runs.',
  ina219: "Measured: the device's supply by an INA219; idle was measured before the runs.",
};

const MARKS: Readonly<Record<Source, string>> = {
  modelled:
    'Dot: marginal. Whisker: the least and the most of it when one parameter at a time is a third or three times as large. Tick: total, idle device included.',
  rapl: 'Dot: marginal, with its interval over runs. Tick: total, idle machine included.',
  ina219: 'Dot: marginal, with its interval over runs. Tick: total, idle device included.',
};

export const energy: SectionMaker = (results) => {
  const { cells } = results.analysis;
  const sources = [...new Set(cells.flatMap(({ energy }) => energy.map(({ source }) => source)))];
  const blocks = sources.flatMap((source) => [
    text(EXPLAINED[source]),
    ...perReading(results, source),
    ...againstInterval(results, source),
    ...(source === 'modelled' ? [profileTable(results), ...sensitivityTable(results.runs)] : []),
  ]);
  return {
    id: 'energy',
    title: 'Energy per reading',
    ...orMissing(blocks, 'a device profile or a meter'),
  };
};

function profileTable({ profiles, analysis: { cells } }: CompareResults): TableBlock {
  const used = new Set(profilesOf(cells, 'modelled'));
  return {
    kind: 'table',
    title: 'The device profiles of the modelled energy: whose figures they are, and what is assumed',
    folded: true,
    rows: [
      ['profile', 'device', 'board', 'radio', 'assumed'],
      ...profiles
        .filter(({ name }) => used.has(name))
        .map(({ name, title, board, radio, notes }) => [
          name,
          title,
          board.source,
          radio.source,
          notes.join(' '),
        ]),
    ],
  };
}

/** A figure for each direction, a panel for each profile. */
function perReading({ runs, analysis }: CompareResults, source: Source): RowFigure[] {
  const byKey = group(runs, ({ plan }) => scenarioKey(plan.scenario));
  return DIRECTIONS.map((direction) => richest(analysis, direction))
    .filter((those) => profilesOf(those, source).length > 0)
    .map((those) => ({
      kind: 'rows',
      title: `${SOURCES[source]} energy per reading, ${conditionsText(sample(those))}`,
      caption: MARKS[source],
      x: { label: `${SOURCES[source].toLowerCase()} J per reading`, kind: 'log', text: joulesText },
      shared: false,
      panels: profilesOf(those, source).map((profile) => {
        const rows = bySeries(those).flatMap(([series, [cell]]) => {
          const found = cell?.energy.find((each) => each.profile === profile && each.source === source);
          if (cell === undefined || found === undefined) return [];
          const reach = source === 'modelled' ? reachOf(byKey.get(cell.key) ?? [], profile) : null;
          return [energyRow(series, found, reach)];
        });
        return { title: `${profile}, ${source}`, note: extremes(rows), rows };
      }),
    }));
}

type Reach = readonly [low: number, high: number] | null;

function energyRow(series: NonNullable<Row['series']>, found: EnergyEstimate, reach: Reach): Row {
  const { mean: at, ci95 } = found.marginalJPerReading;
  const [low, high] = reach === null ? ci95 : [at * reach[0], at * reach[1]];
  return {
    label: series.name,
    series,
    marks: [
      { part: 'marginal', kind: 'dot', at, low, high },
      { part: 'total', kind: 'tick', at: found.totalJPerReading.mean },
    ],
    value: joulesText(at),
  };
}

function extremes(rows: readonly Row[]): string {
  const sorted = rows
    .map(({ label, marks: [marginal] }) => ({ label, at: marginal?.at ?? NaN }))
    .sort((a, b) => a.at - b.at);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined || least === most) return '';
  return `Least marginal: ${least.label}, ${joulesText(least.at)}. Most: ${most.label}, ${joulesText(most.at)}, ${numberText(most.at / least.at)} times as much.`;
}

/** Marginal energy against the time between readings, a panel for each profile. */
function againstInterval(
  { analysis: { cells }, runs, profiles }: CompareResults,
  source: Source,
): LineFigure[] {
  const paced = cells.filter(({ scenario }) => scenario.rateHz !== null);
  const theoryOf = (name: string, those: readonly Cell[]): ((cell: Cell) => number | null) | undefined => {
    const device = source === 'modelled' ? profiles.find((each) => each.name === name) : undefined;
    return device && energyTheory(those, runs, device);
  };
  return sweeps(paced, 'rateHz', 3)
    .filter((those) => profilesOf(those, source).length > 0)
    .map((those) => ({
      kind: 'lines',
      title: `${SOURCES[source]} marginal energy per reading against the interval, ${DIRECTION_NAMES[sample(those).direction]}, ${networkName(sample(those).network)}`,
      caption: `What an idle device takes in the interval is not in it; a radio that is kept awake is.${source === 'modelled' ? ' Dotted: what the model gives for messages like those of the run nearest to one a second, at every other interval.' : ''}`,
      x: { label: 'interval between readings, s', kind: 'log' },
      y: { label: `${SOURCES[source].toLowerCase()} J per reading`, kind: 'log', text: joulesText },
      shared: false,
      panels: profilesOf(those, source).map((profile) => ({
        title: `${profile}, ${source}`,
        lines: linesOf(
          those,
          ({ scenario }) => 1 / (scenario.rateHz ?? NaN),
          ({ energy }) =>
            ofSource(energy, source).find((each) => each.profile === profile)?.marginalJPerReading ?? null,
          theoryOf(profile, those),
        ),
      })),
    }));
}

function profilesOf(cells: readonly Cell[], source: Source): string[] {
  return [...new Set(cells.flatMap(({ energy }) => ofSource(energy, source).map(({ profile }) => profile)))];
}

function ofSource(energy: readonly EnergyEstimate[], source: Source): EnergyEstimate[] {
  return energy.filter((each) => each.source === source);
}
