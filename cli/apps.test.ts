import { fileURLToPath } from 'node:url';
import { loadConfig } from '@weir/runtime';
import { expect, it } from 'vitest';
import { CONFIGURED_APPS } from './apps.js';

it.each(CONFIGURED_APPS.map((app) => [app.sample, app] as const))(
  '%s is a valid file of settings',
  (sample, app) => {
    const file = fileURLToPath(new URL(`../../${sample}`, import.meta.url));
    expect(() => loadConfig(app.schema, { file, envPrefix: app.envPrefix })).not.toThrow();
  },
);
