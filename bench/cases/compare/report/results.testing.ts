/** Results of a comparison that never ran, with all that a report can show: for its tests. */
import { deviceProfiles } from '../../../energy/device-profiles.js';
import { NETWORKS } from '../../../network/profiles.js';
import { analyse } from '../analysis/analyse.js';
import type { Cell, Claim } from '../analysis/analysis.js';
import { comparisonScenarios, delayed, planOf, recordOf, scenarioOf } from '../records.testing.js';
import type { CompareResults } from '../results.js';
import { scenarioKey, type Scenario } from '../scenario.js';

const MEASURED_S = 10;
const MAIN = ['ws', 'post-kept', 'post-new'] as const;

/** Every section of the report has something to show of these. */
export function richScenarios(): Scenario[] {
  const { wifi, lan } = NETWORKS;
  return [
    ...comparisonScenarios(),
    ...[0.2, 20, 75, 150].map((ms) =>
      scenarioOf({ network: delayed(ms), direction: 'display', method: 'poll', pollMs: 1000 }),
    ),
    ...Object.values(NETWORKS).flatMap((network) => [
      ...MAIN.map((method) => scenarioOf({ method, network })),
      ...(['ws', 'long-poll', 'poll'] as const).map((method) =>
        scenarioOf({ method, network, direction: 'display' }),
      ),
    ]),
    ...[0.1, 1, 10, 100].flatMap((rateHz) =>
      MAIN.map((method) => scenarioOf({ method, rateHz, network: wifi })),
    ),
    ...[1, 10, 100].flatMap((readingsPerMessage) =>
      MAIN.map((method) => scenarioOf({ method, readingsPerMessage, rateHz: 100, network: wifi })),
    ),
    ...[10, 100].flatMap((devices) =>
      MAIN.map((method) => scenarioOf({ method, devices, rateHz: 1, network: lan })),
    ),
    ...[10, 100, 1000].flatMap((readingsPerMessage) =>
      MAIN.map((method) => scenarioOf({ method, readingsPerMessage, rateHz: null, network: delayed(0.2) })),
    ),
    ...[true, false].flatMap((noDelay) =>
      (['ws', 'post-kept'] as const).map((method) =>
        scenarioOf({ method, noDelay, rateHz: 100, network: delayed(20) }),
      ),
    ),
  ];
}

export function resultsOf(
  scenarios: readonly Scenario[],
  changes: Partial<CompareResults> = {},
): CompareResults {
  const different = [...new Map(scenarios.map((scenario) => [scenarioKey(scenario), scenario])).values()];
  const runs = [0, 1, 2].flatMap((replicate) =>
    different.map((scenario) => recordOf({ ...planOf(scenario, replicate), measuredS: MEASURED_S })),
  );
  const { cells, claims } = analyse(runs);
  const analysis = { cells: cells.map(explained), claims: claims.length > 0 ? claims : exampleClaims() };
  return {
    bench: 'compare',
    conditions: {
      date: '2026-01-05T12:00:00.000Z',
      commit: 'abcdef012345',
      node: 'v20.19.0',
      kernel: 'Linux 6.1.0',
      cpu: 'ARM Cortex-A72',
      cores: 4,
      memory_mb: 4096,
      priority: 0,
      load_average: 0.1,
      disk: { sequential_mb_per_s: 40, syncs_per_s: 300 },
    },
    options: { sets: ['classic'], repeats: 3, seconds: 60 },
    seed: 7,
    linkMode: 'namespaces',
    command: 'npx weir bench compare --seed 7',
    planned: runs.length,
    notMeasured: [],
    profiles: deviceProfiles(),
    runs,
    analysis,
    claims: analysis.claims,
    ...changes,
  };
}

function explained(cell: Cell): Cell {
  if (cell.theory !== null || cell.scenario.rateHz === null) return cell;
  const { mean } = cell.meanMs;
  const theory = {
    formula: 'L',
    predictedMs: mean * 0.97,
    measuredMs: mean,
    ownMs: mean * 0.02,
    toleranceMs: 5,
    agrees: true,
    why: '',
  };
  return { ...cell, theory };
}

function exampleClaims(): Claim[] {
  const key = (changes: Partial<Scenario>): string => scenarioKey(scenarioOf(changes));
  const claim = (id: Claim['id'], verdict: Claim['verdict'], toldRatio: number, ratio: number): Claim => ({
    ...{ id, verdict, toldRatio, ratio, ci95: [ratio * 0.93, ratio * 1.07] },
    told: `WebSocket is ${toldRatio} times better`,
    toldBy: 'Pimentel and Nickerson 2012',
    compared: [key({ method: 'post-new' }), key({})],
    theory: ratio * 1.02,
    notes: ['A POST over a connection kept alive is nearly as good.'],
    elsewhere: [0.2, 20, 150].map((ms) => ({
      ...{
        conditions: `device to hub, ${ms} ms one way`,
        ratio: ratio * (1 + ms / 1000),
        ci95: [ratio * 0.9, ratio * 1.2] as const,
      },
      theory: ratio,
    })),
  });
  return [
    claim('latency', 'confirmed', 3, 2.98),
    claim('throughput', 'smaller than told', 3.7, 1.6),
    claim('energy', 'smaller than told', 12, 2.4),
    claim('bytes', 'refuted', 435, 0.9),
  ];
}
