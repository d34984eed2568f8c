/** Joules per reading, by device profile. What is modelled and what a meter measured are never in one picture. */
import { group, mean } from 'd3-array';
import type { RunEnergy } from '../../../../energy/energy.js';
import type { Cell, EnergyEstimate } from '../../analysis/analysis.js';
import type { RunRecord } from '../../record.js';
import type { CompareResults } from '../../results.js';
import { DIRECTIONS, scenarioKey } from '../../scenario.js';
import { richest, sample, sweeps } from '../cells.js';
import type { Block, Mark, Row, RowFigure, TableBlock } from '../document.js';
import { bySeries, linesOf } from '../lines.js';
import {
  conditionsText,
  DIRECTION_NAMES,
  estimateText,
  joulesText,
  networkName,
  numberText,
} from '../words.js';
import { orMissing, text, type SectionMaker } from './section.js';

type Source = EnergyEstimate['source'];

const SOURCES: Readonly<Record<Source, string>> = {
  modelled: 'Modelled',
  rapl: 'Measured (RAPL)',
  ina219: 'Measured (INA219)',
};

export const energy: SectionMaker = (results) => {
  const { cells } = results.analysis;
  const sources = [...new Set(cells.flatMap(({ energy }) => energy.map(({ source }) => source)))];
  const blocks = sources.flatMap((source) => [
    text(EXPLAINED[source]),
    ...perReading(results, source),
    ...againstInterval(cells, source),
    ...(source === 'modelled' ? sensitivityTable(results) : []),
  ]);
  return {
    id: 'energy',
    title: 'Energy per reading',
    blocks: orMissing(blocks, 'a device profile or a meter'),
  };
};

const EXPLAINED: Readonly<Record<Source, string>> = {
  modelled:
    "Modelled: joules are computed from each run's counted packets and CPU seconds by a device profile, whose parameters have their sources in its data file. No meter was read. Marginal is what sending costs beyond an idle device; total has the idle device in it, shared among the readings of the time. Whiskers of the marginal are no interval of runs: they show the least and the most when one parameter at a time is a third or three times as large.",
  rapl: 'Measured: the package power of this machine by RAPL, of client and hub and everything else on it; idle was measured before the runs.',
  ina219: "Measured: the device's supply by an INA219; idle was measured before the runs.",
};

/** A figure for each direction, a panel for each profile. */
function perReading({ runs, analysis: { cells, claims } }: CompareResults, source: Source): RowFigure[] {
  const preferred = new Set(claims.flatMap(({ compared }) => compared));
  const byKey = group(runs, ({ plan }) => scenarioKey(plan.scenario));
  return DIRECTIONS.flatMap((direction) => {
    const those = richest(
      cells.filter(
        ({ scenario, energy }) =>
          scenario.direction === direction && scenario.rateHz !== null && energyOf(energy, source).length > 0,
      ),
      preferred,
    );
    const panels = profilesOf(those, source).map((profile) => ({
      title: profile,
      rows: bySeries(those).flatMap(([series, [cell]]) => {
        const found = cell?.energy.find((each) => each.profile === profile && each.source === source);
        if (cell === undefined || found === undefined) return [];
        const spread = source === 'modelled' ? sensitivity(byKey.get(cell.key) ?? [], profile) : null;
        return [energyRow(series.name, series, found, spread)];
      }),
    }));
    if (panels.length === 0) return [];
    return [
      {
        kind: 'rows' as const,
        title: `${SOURCES[source]} energy per reading, ${conditionsText(sample(those))}`,
        caption: `Dot: marginal${source === 'modelled' ? ', with its sensitivity' : ', with its interval over runs'}. Tick: total with the idle device. ${panels.map(({ title, rows }) => energyCaption(title, rows)).join(' ')}`,
        x: {
          label: `${SOURCES[source].toLowerCase()} J per reading`,
          kind: 'log' as const,
          text: joulesText,
        },
        shared: false,
        panels,
      },
    ];
  });
}

type Spread = readonly [low: number, high: number] | null;

function energyRow(label: string, series: Row['series'], estimate: EnergyEstimate, spread: Spread): Row {
  const { mean: at, ci95 } = estimate.marginalJPerReading;
  const [low, high] = spread === null ? ci95 : [at * spread[0], at * spread[1]];
  const marks: Mark[] = [
    { part: 'marginal', kind: 'dot', at, low, high },
    { part: 'total', kind: 'tick', at: estimate.totalJPerReading.mean },
  ];
  return { label, series, marks, value: joulesText(at) };
}

function energyCaption(profile: string, rows: readonly Row[]): string {
  const marginal = rows
    .map(({ label, marks: [first] }) => ({ label, at: first?.at ?? NaN }))
    .sort((a, b) => a.at - b.at);
  const [least, most] = [marginal[0], marginal.at(-1)];
  if (least === undefined || most === undefined || least === most) return '';
  return `${profile}: from ${joulesText(least.at)} (${least.label}) to ${joulesText(most.at)} (${most.label}).`;
}

/** How far one parameter moves the marginal energy, as factors: of all parameters and runs the least and the most. */
function sensitivity(runs: readonly RunRecord[], profile: string): Spread {
  const effects = effectsOf(runs, profile).flatMap(({ third, triple }) => [third, triple]);
  return effects.length === 0 ? null : [Math.min(1, ...effects), Math.max(1, ...effects)];
}

interface Effect {
  readonly parameter: string;
  readonly third: number;
  readonly triple: number;
}

/** By parameter, means over runs. */
function effectsOf(runs: readonly RunRecord[], profile: string): Effect[] {
  const ofProfile = runs
    .flatMap(({ energy }) => energy)
    .filter((each) => each.profile === profile && each.source === 'modelled' && each.marginalJ > 0);
  const factors = ofProfile.flatMap((each) =>
    Object.entries(each.sensitivity).map(([name, pair]) => ({ name, each, pair })),
  );
  return [...group(factors, ({ name }) => name)].map(([parameter, those]) => ({
    parameter,
    third: mean(those, ({ each, pair }) => pair[0] / each.marginalJ) ?? 1,
    triple: mean(those, ({ each, pair }) => pair[1] / each.marginalJ) ?? 1,
  }));
}

function sensitivityTable({ runs }: CompareResults): TableBlock[] {
  const profiles = [
    ...new Set(runs.flatMap(({ energy }) => modelledOnly(energy).map(({ profile }) => profile))),
  ];
  const body = profiles.flatMap((profile) =>
    effectsOf(runs, profile)
      .sort((a, b) => b.triple - a.triple)
      .map(({ parameter, third, triple }) => [profile, parameter, numberText(third), numberText(triple)]),
  );
  if (body.length === 0) return [];
  return [
    {
      kind: 'table',
      title: 'Sensitivity of the modelled marginal energy: by which factor it changes, mean over all runs',
      rows: [['profile', 'parameter', 'a third of it', 'three times it'], ...body],
    },
  ];
}

function modelledOnly(energy: readonly RunEnergy[]): RunEnergy[] {
  return energy.filter(({ source }) => source === 'modelled');
}

/** Marginal energy against the time between readings, a panel for each profile. */
function againstInterval(cells: readonly Cell[], source: Source): Block[] {
  const paced = cells.filter(
    ({ scenario, energy }) => scenario.rateHz !== null && energyOf(energy, source).length > 0,
  );
  return sweeps(paced, 'rateHz').map((those) => ({
    kind: 'lines' as const,
    title: `${SOURCES[source]} marginal energy per reading against the interval, ${DIRECTION_NAMES[sample(those).direction]}, ${networkName(sample(those).network)}`,
    caption:
      'A radio that stays awake between readings costs more for each the longer the interval is; one that sleeps at once costs the same at any.',
    x: { label: 'interval between readings, s', kind: 'log' as const },
    y: { label: `${SOURCES[source].toLowerCase()} J per reading`, kind: 'log' as const, text: joulesText },
    shared: false,
    panels: profilesOf(those, source).map((profile) => ({
      title: profile,
      lines: linesOf(
        those,
        ({ scenario }) => 1 / (scenario.rateHz ?? NaN),
        ({ energy }) =>
          energyOf(energy, source).find((each) => each.profile === profile)?.marginalJPerReading ?? null,
      ),
    })),
  }));
}

function profilesOf(cells: readonly Cell[], source: Source): string[] {
  return [...new Set(cells.flatMap(({ energy }) => energyOf(energy, source).map(({ profile }) => profile)))];
}

function energyOf(energy: readonly EnergyEstimate[], source: Source): EnergyEstimate[] {
  return energy.filter((each) => each.source === source);
}

/** For the table of all cells. */
export function energyText(energy: readonly EnergyEstimate[]): string {
  return energy
    .map(
      ({ profile, source, marginalJPerReading }) =>
        `${profile} ${estimateText(marginalJPerReading, joulesText)} ${source}`,
    )
    .join('; ');
}
