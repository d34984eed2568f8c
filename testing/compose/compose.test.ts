import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as dclint from 'dclint';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../folder.js';
import { dockerfileStages, interpolate, readCompose, readRootFile, rootFile } from './repository.testing.js';

/** The linter's own types of its results do not resolve in ES modules. */
interface Linter {
  lintFiles(
    paths: readonly string[],
    recursive: boolean,
  ): { messages: { rule: string; message: string }[] }[];
}
const DCLinter = Reflect.get(dclint, 'DCLinter') as new (config: object) => Linter;

/** dclint checks against the schema of the Compose Specification; its rules of taste are left out. */
const linter = new DCLinter({
  rules: {
    'no-build-and-image': 0,
    'service-keys-order': 0,
    'services-alphabetical-order': 0,
    'top-level-properties-order': 0,
    'no-unbound-port-interfaces': 2,
    'no-duplicate-exported-ports': 2,
    'service-image-require-explicit-tag': 0,
  },
  quiet: false,
  debug: false,
  exclude: [],
});

const problemsOf = (path: string): string[] =>
  linter
    .lintFiles([path], false)
    .flatMap(({ messages }) => messages.map(({ rule, message }) => `${rule}: ${message}`));

async function composeFile(content: string): Promise<string> {
  const path = join(await temporaryFolder(), 'docker-compose.yml');
  await writeFile(path, content);
  return path;
}

const compose = readCompose();
const services = Object.entries(compose.services);
const text = readRootFile('docker-compose.yml');

describe('docker-compose.yml', () => {
  it('keeps to the Compose Specification', async () => {
    expect(problemsOf(await composeFile(interpolate(text, {}).replaceAll('$SYS', '$$$$SYS')))).toEqual([]);
  });

  it.each([
    ['servces:\n  a: { image: a:1 }\n', 'a section that is none'],
    ['services:\n  a:\n    imge: x\n', 'a key of a service that is none'],
    ['services:\n  a:\n    image: a:1\n    ports: 1883\n', 'a value of the wrong type'],
  ])('would be found out as %j: %s', async (broken) => {
    expect(problemsOf(await composeFile(broken)).join()).toContain('invalid-schema');
  });

  it('has the services that Weir needs, and a simulator only when asked', () => {
    expect(Object.keys(compose.services)).toEqual(
      expect.arrayContaining(['hub', 'influxdb', 'mosquitto', 'bridge', 'grafana', 'simulator']),
    );
    expect(services.filter(([, { profiles }]) => profiles !== undefined).map(([name]) => name)).toEqual([
      'simulator',
    ]);
  });

  it('builds targets that the Dockerfile has', () => {
    const stages = dockerfileStages().map(({ name }) => name);
    const targets = services.flatMap(([, { build }]) => (build === undefined ? [] : [build.target]));
    expect(targets).toEqual(['hub', 'bridge', 'simulator']);
    expect(stages).toEqual(expect.arrayContaining(targets));
  });

  it.each(services)('mounts for %s what is there', (_name, { volumes = [] }) => {
    for (const [source = '', target = ''] of volumes.map((volume) => volume.split(':'))) {
      expect(target.startsWith('/')).toBe(true);
      if (source.startsWith('./')) expect(existsSync(rootFile(source)), source).toBe(true);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
  });

  it('declares no volume that nothing mounts', () => {
    const mounted = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]));
    for (const volume of Object.keys(compose.volumes)) expect(mounted).toContain(volume);
  });

  it.each(services)('publishes %s on loopback unless told otherwise', (_name, { ports = [] }) => {
    for (const port of ports) {
      expect(interpolate(port, {})).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
      expect(interpolate(port, { WEIR_BIND: '0.0.0.0' })).toMatch(/^0\.0\.0\.0:/);
    }
  });

  it('waits for services that exist and can tell their health', () => {
    const healthy = new Set(
      services.filter(([, { healthcheck }]) => healthcheck !== undefined).map(([name]) => name),
    );
    const [hub] = dockerfileStages().filter(({ name }) => name === 'hub');
    if (hub?.instructions.some((line) => line.startsWith('HEALTHCHECK')) === true) healthy.add('hub');
    for (const [name, { depends_on = {} }] of services)
      for (const [other, { condition }] of Object.entries(depends_on)) {
        expect(condition, `${name} on ${other}`).toBe('service_healthy');
        expect(healthy, `${name} on ${other}`).toContain(other);
      }
  });

  it.each(services.filter(([, { build }]) => build !== undefined))(
    'runs %s with no more rights than it needs',
    (_name, service) => {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    },
  );

  it.each(services.filter(([, { build }]) => build === undefined))(
    'names the version of %s',
    (_name, { image }) => {
      expect(image).toMatch(/:\d+(\.\d+)*$/);
    },
  );

  it('has each setting, with its default, in deploy/example.env', () => {
    const used = new Map(
      [...text.matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g)].map(([, name, value]) => [name, value]),
    );
    const documented = new Map(
      [...readRootFile('deploy', 'example.env').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [
        name,
        value,
      ]),
    );
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(used));
    expect(text.replace(/\$\{[A-Z_]+:-[^}]*\}|\$\$/g, '')).not.toContain('$');
  });

  it('gives one InfluxDB token to who writes, who reads and who checks it', () => {
    const { hub, influxdb, grafana } = compose.services;
    const tokens = [
      hub?.environment?.WEIR_HUB_STORES_INFLUX_TOKEN,
      influxdb?.environment?.DOCKER_INFLUXDB_INIT_ADMIN_TOKEN,
      grafana?.environment?.WEIR_INFLUX_TOKEN,
    ];
    expect(new Set(tokens)).toEqual(new Set(['${WEIR_INFLUX_TOKEN:-weir-on-this-machine}']));
  });
});
