/** Which cells belong into one picture: those that differ in nothing but the method and what is varied. */
import { group } from 'd3-array';
import type { Analysis, Cell } from '../analysis/analysis.js';
import type { Direction, Scenario } from '../scenario.js';

export type Varied = 'network' | 'rateHz' | 'readingsPerMessage' | 'devices' | 'noDelay';

const CONDITIONS = ['direction', 'network', 'devices', 'rateHz', 'readingsPerMessage', 'noDelay'] as const;

/** Cells of equal conditions but for the one varied, in the order in which they come. */
export function alike(cells: readonly Cell[], varied?: Varied): Cell[][] {
  const fixed = CONDITIONS.filter((name) => name !== varied);
  const key = ({ scenario }: Cell): string =>
    JSON.stringify(fixed.map((name) => (name === 'network' ? scenario.network.name : scenario[name])));
  return [...group(cells, key).values()];
}

/** Of those, the ones in which so many values of what is varied are found. */
export function sweeps(cells: readonly Cell[], varied: Varied, least = 2): Cell[][] {
  return alike(cells, varied).filter(
    (each) => new Set(each.map(({ scenario }) => valueOf(scenario, varied))).size >= least,
  );
}

/**
 * The conditions under which most methods were compared in a direction, readings at a rate; of equals, those on the network of
 * the claims, else the first.
 */
export function richest({ cells, claims }: Analysis, direction: Direction): Cell[] {
  const compared = new Set(claims.flatMap((claim) => claim.compared));
  const preferred = new Set(
    cells.filter(({ key, scenario }) => compared.has(key) && scenario.rateHz !== null).map(networkOf),
  );
  const worth = (those: readonly Cell[]): number =>
    those.length + (those.some((cell) => preferred.has(networkOf(cell))) ? 0.5 : 0);
  const paced = cells.filter(({ scenario }) => scenario.direction === direction && scenario.rateHz !== null);
  return alike(paced).reduce<Cell[]>((best, each) => (worth(each) > worth(best) ? each : best), []);
}

/** One cell that stands for the conditions of all. */
export function sample(cells: readonly Cell[]): Scenario {
  const [first] = cells;
  if (first === undefined) throw new RangeError('no cells');
  return first.scenario;
}

function networkOf({ scenario }: Cell): string {
  return scenario.network.name;
}

function valueOf(scenario: Scenario, varied: Varied): string | number | boolean | null {
  return varied === 'network' ? scenario.network.name : scenario[varied];
}
