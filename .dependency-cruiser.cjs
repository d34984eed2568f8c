/**
 * The table of allowed imports. Arrows run one way: what is not in the table fails the build.
 * `from` may import `to` (other packages by their public exports only), and itself.
 */
const ALLOWED = {
  runtime: [],
  protocol: ['runtime'],
  log: ['runtime'],
  'device-agent': ['protocol', 'log', 'runtime'],
  hub: ['protocol', 'log', 'runtime'],
  bridge: ['protocol', 'log', 'runtime'],
  'firmware-sim': ['device-agent', 'protocol', 'log', 'runtime'],
  bench: ['hub', 'device-agent', 'firmware-sim', 'protocol', 'log', 'runtime'],
  trials: ['hub', 'device-agent', 'bridge', 'protocol', 'log', 'runtime'],
  cli: ['bench', 'hub', 'device-agent', 'bridge', 'firmware-sim', 'protocol', 'log', 'runtime'],
  testing: [],
  dashboards: [],
};
const NAMES = Object.keys(ALLOWED);
const inside = (names) => `^(${names.join('|')})/`;
const TEST = '\\.test\\.tsx?$|\\.testing\\.tsx?$';

module.exports = {
  forbidden: [
    ...NAMES.map((name) => ({
      name: `${name}-imports`,
      comment: `${name} may import ${ALLOWED[name].join(', ') || 'no other package'}`,
      severity: 'error',
      from: { path: `^${name}/`, pathNot: TEST },
      to: { path: inside(NAMES.filter((other) => other !== name && !ALLOWED[name].includes(other))) },
    })),
    ...NAMES.filter((name) => name !== 'testing').map((name) => ({
      name: `${name}-tests-import`,
      comment: `tests of ${name} may also import testing`,
      severity: 'error',
      from: { path: `^${name}/.*(${TEST})` },
      to: { path: inside(NAMES.filter((other) => ![name, 'testing', ...ALLOWED[name]].includes(other))) },
    })),
    ...NAMES.map((name) => ({
      name: `${name}-public-exports`,
      comment: `other packages import ${name} by its public exports only`,
      severity: 'error',
      from: { pathNot: `^${name}/` },
      to: {
        path: `^${name}/`,
        pathNot: `^${name}/(dist/)?(index|parts)\\.(ts|js|d\\.ts)$|^${name}/package\\.json$`,
      },
    })),
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'not-to-tests',
      severity: 'error',
      from: { pathNot: TEST },
      to: { path: TEST },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'declared',
      comment: 'a package that its own package.json does not declare',
      severity: 'error',
      from: { pathNot: TEST },
      to: {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'],
        pathNot: '^node_modules/(preact|uplot)/',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/.*\\.(test|testing|d)\\.|^dashboards/console/dist|^dashboards/console/vite' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default', 'node'],
    },
  },
};
