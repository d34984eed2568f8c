/** Results of a comparison that never ran, with all that a report can show: for its tests. */
import { deviceProfiles } from '../../../energy/device-profiles.js';
import { NETWORKS } from '../../../network/profiles.js';
import { analyse } from '../analysis/analyse.js';
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
  const analysis = analyse(runs);
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
