/** How far the modelled energy hangs on each parameter of a device profile. */
import { group, mean } from 'd3-array';
import type { RunRecord } from '../../record.js';
import type { TableBlock } from '../document.js';
import { numberText } from '../words.js';

/** By which factor the marginal energy changes. */
interface Effect {
  readonly parameter: string;
  readonly third: number;
  readonly triple: number;
}

/** Of all parameters the least and the largest factor; null where nothing is modelled. */
export function reachOf(runs: readonly RunRecord[], profile: string): [low: number, high: number] | null {
  const factors = effectsOf(runs, profile).flatMap(({ third, triple }) => [third, triple]);
  return factors.length === 0 ? null : [Math.min(1, ...factors), Math.max(1, ...factors)];
}

export function sensitivityTable(runs: readonly RunRecord[]): TableBlock[] {
  const modelled = runs.flatMap(({ energy }) => energy.filter(({ source }) => source === 'modelled'));
  const profiles = [...new Set(modelled.map(({ profile }) => profile))];
  const body = profiles.flatMap((profile) =>
    effectsOf(runs, profile)
      .sort((a, b) => b.triple - a.triple)
      .map(({ parameter, third, triple }) => [profile, parameter, numberText(third), numberText(triple)]),
  );
  if (body.length === 0) return [];
  return [
    {
      kind: 'table',
      folded: true,
      title:
        'Sensitivity of the modelled marginal energy: the factor by which it changes, mean over all runs',
      rows: [['profile', 'parameter', 'with a third of it', 'with three times it'], ...body],
    },
  ];
}

/** By parameter, means over runs. */
function effectsOf(runs: readonly RunRecord[], profile: string): Effect[] {
  const factors = runs
    .flatMap(({ energy }) => energy)
    .filter((each) => each.profile === profile && each.source === 'modelled' && each.marginalJ > 0)
    .flatMap(({ marginalJ, sensitivity }) =>
      Object.entries(sensitivity).map(([parameter, [third, triple]]) => ({
        ...{ parameter, third: third / marginalJ, triple: triple / marginalJ },
      })),
    );
  return [...group(factors, ({ parameter }) => parameter)].map(([parameter, those]) => ({
    parameter,
    third: mean(those, ({ third }) => third) ?? 1,
    triple: mean(those, ({ triple }) => triple) ?? 1,
  }));
}
