import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * Tests run from the compiled output, so that workers and child processes in them are what ships:
 * `npx tsc --build && npx vitest run hub/dist/session`. Compiled tests whose source is gone do not run.
 */
const PACKAGES = [
  'runtime',
  'protocol',
  'log',
  'testing',
  'device-agent',
  'hub',
  'bridge',
  'firmware-sim',
  'bench',
  'trials',
  'cli',
];

function testSources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'dist' || entry.name === 'node_modules') return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testSources(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

const compiled = (name, path) => join(name, 'dist', relative(name, path)).replace(/\.ts$/, '.js');

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: PACKAGES.filter(existsSync).flatMap((name) =>
            testSources(name).map((path) => compiled(name, path)),
          ),
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'dashboards',
          include: ['dashboards/**/*.test.ts'],
          exclude: ['**/dist/**', '**/node_modules/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', new URL('./testing/dist/closing-line.js', import.meta.url).pathname],
  },
});
