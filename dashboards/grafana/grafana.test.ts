/** Grafana's files against their schemas, and every query of every dashboard against a real InfluxDB. */
import { readdirSync, readFileSync } from 'node:fs';
import { available, startInfluxd, waitFor, type ServerProcess } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { hubFilling } from './hub-filling.testing.js';
import {
  ALL,
  panelQueries,
  referredVariables,
  substitute,
  variableQueries,
  type Macros,
} from './queries.testing.js';
import { HUB_DEVICE, sampleLines, VITAL_SIGNS } from './sample-data.testing.js';
import {
  DATASOURCE_UID,
  dashboardSchema,
  datasourceFileSchema,
  providerFileSchema,
  type Dashboard,
} from './schemas.testing.js';

const here = (path: string): URL => new URL(path, import.meta.url);
const yaml = (path: string): unknown => parse(readFileSync(here(path), 'utf8'));

const FILES = readdirSync(here('dashboards/')).toSorted();
const dashboards: readonly Dashboard[] = FILES.map((name) =>
  dashboardSchema.parse(JSON.parse(readFileSync(here(`dashboards/${name}`), 'utf8'))),
);
const named = dashboards.map((dashboard) => [dashboard.uid, dashboard] as const);

describe('provisioning', () => {
  it('names the datasource that the dashboards ask, by its fixed uid', () => {
    const { datasources } = datasourceFileSchema.parse(yaml('provisioning/datasources/influxdb.yaml'));
    expect(datasources.map((each) => each.uid)).toEqual([DATASOURCE_UID]);
    expect(datasources[0]).toMatchObject({ url: 'http://influxdb:8086', jsonData: { dbName: 'weir' } });
  });

  it('names the folder of the dashboards', () => {
    const { providers } = providerFileSchema.parse(yaml('provisioning/dashboards/weir.yaml'));
    expect(providers.map((each) => each.options.path)).toEqual(['/var/lib/grafana/dashboards']);
  });

  it.each(['provisioning/datasources/', 'provisioning/dashboards/'])('has no other file in %s', (folder) => {
    expect(readdirSync(here(folder))).toHaveLength(1);
  });

  it('is refused with a key that Grafana does not know', () => {
    const file = yaml('provisioning/dashboards/weir.yaml') as Record<string, unknown>;
    expect(providerFileSchema.safeParse({ ...file, provider: [] }).success).toBe(false);
  });
});

describe('dashboards', () => {
  it('are these', () => {
    expect(FILES).toEqual(['device.json', 'fleet-overview.json', 'hub-health.json']);
    expect(named.map(([uid]) => uid)).toEqual(['weir-device', 'weir-fleet-overview', 'weir-hub-health']);
    expect(new Set(dashboards.map((dashboard) => dashboard.title)).size).toBe(FILES.length);
  });

  it.each(named)('%s has panels with ids of their own that lie beside each other', (_uid, { panels }) => {
    expect(new Set(panels.map((panel) => panel.id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of panels)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x} ${y}`), `${title} lies on another panel`).toBe(false);
          taken.add(`${x} ${y}`);
        }
  });

  it.each(named)('%s explains each panel and asks one datasource in each', (_uid, { panels }) => {
    for (const panel of panels.filter(({ type }) => type !== 'row')) {
      expect(panel.description, panel.title).toBeDefined();
      expect(panel.datasource?.uid, panel.title).toBe(DATASOURCE_UID);
      const ids = panel.targets?.map((target) => target.refId) ?? [];
      expect(new Set(ids).size, panel.title).toBe(ids.length);
      expect(ids.length, panel.title).toBeGreaterThan(0);
    }
  });

  it.each(named)('%s refers to variables that it has, and uses those that it has', (_uid, dashboard) => {
    const known = dashboard.templating.list.map((variable) => variable.name);
    const texts = [
      ...[...panelQueries(dashboard), ...variableQueries(dashboard)].map(({ query }) => query),
      ...dashboard.panels.flatMap((panel) => [
        panel.title,
        panel.repeat === undefined ? '' : `$${panel.repeat}`,
      ]),
    ];
    const referred = new Set(texts.flatMap(referredVariables));
    expect([...referred].toSorted()).toEqual(known.toSorted());
  });

  it('ask of the hub only vital signs that it records', () => {
    const asked = dashboards.flatMap(panelQueries).flatMap(({ query }) => {
      const channel = /"device" = 'weir-hub' AND "channel" = '([^']+)'/.exec(query)?.[1];
      return channel === undefined ? [] : [channel];
    });
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter((channel) => !(channel in VITAL_SIGNS))).toEqual([]);
  });

  it('open the device that was clicked', () => {
    const text = JSON.stringify(dashboards);
    expect(text).toContain('/d/weir-device?');
  });
});

describe('substitution', () => {
  const variables = dashboards.flatMap((dashboard) => dashboard.templating.list);
  const macros = (values: Record<string, string[]>): Macros => ({
    fromMs: 1,
    toMs: 2,
    interval: '5s',
    values: new Map(Object.entries(values)),
  });

  it('is that of Grafana', () => {
    const query =
      "SELECT x WHERE $timeFilter AND c =~ /^$channel$/ AND u = '${unit:raw}' GROUP BY time($__interval)";
    expect(substitute(query, variables, macros({ channel: ['a/b', 'c.d'], unit: ['1/s'] }))).toBe(
      "SELECT x WHERE time >= 1ms and time <= 2ms AND c =~ /^(a\\/b|c\\.d)$/ AND u = '1/s' GROUP BY time(5s)",
    );
    expect(substitute('/^$channel$/', variables, macros({ channel: [ALL] }))).toBe('/^.*$/');
  });

  it('refuses what has no value', () => {
    expect(() => substitute('$nothing', variables, macros({}))).toThrow('$nothing has no value');
  });
});

interface Answer {
  readonly results: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly columns: readonly string[];
      readonly values: readonly unknown[][];
    }[];
  }[];
  readonly error?: string;
}

/** What fills the store, and until when it has data. */
interface Filled {
  readonly influx: ServerProcess;
  /** Annotations that have nothing to show, because it did not happen. */
  readonly quiet: RegExp;
  readonly toMs: number;
  readonly end?: () => Promise<void>;
}

async function ask(influx: ServerProcess, query: string, method = 'GET'): Promise<Answer> {
  const response = await fetch(
    `${influx.url}/query?${new URLSearchParams({ db: 'weir', q: query }).toString()}`,
    { method },
  );
  return (await response.json()) as Answer;
}

async function withSamples(): Promise<Filled> {
  const toMs = Date.UTC(2026, 10, 22, 6, 0, 0);
  const influx = await startInfluxd();
  await ask(influx, 'CREATE DATABASE weir', 'POST');
  const written = await fetch(`${influx.url}/write?db=weir`, {
    method: 'POST',
    body: sampleLines(toMs).join('\n'),
  });
  expect(written.status, await written.text()).toBe(204);
  return { influx, quiet: /(?!)/, toMs };
}

async function byHub(): Promise<Filled> {
  const influx = await startInfluxd();
  await ask(influx, 'CREATE DATABASE weir', 'POST');
  const hub = await hubFilling(influx);
  await waitFor(
    async () => {
      const answer = await ask(
        influx,
        `SELECT "value" FROM "readings_per_second" WHERE "channel" = 'sinks/influx/readings_per_second';` +
          `SELECT "text" FROM "loss"`,
      );
      const [rates, losses] = answer.results.map(({ series }) => series?.[0]?.values.length ?? 0);
      return (rates ?? 0) > 3 && (losses ?? 0) > 0;
    },
    { what: "the hub's vital signs in InfluxDB" },
  );
  return {
    influx,
    quiet: /^annotation (?!Hub started|Port|Frames lost)/,
    toMs: Date.now() + 1_000,
    end: hub.stop,
  };
}

describe.skipIf(!available('influxd')).each([
  ['sample data', withSamples],
  ['what a hub wrote', byHub],
])('queries against InfluxDB with %s', (_name, fill) => {
  let influx: ServerProcess;
  let toMs: number;
  let quiet: RegExp;
  let end: Filled['end'];

  beforeAll(async () => {
    ({ influx, quiet, toMs, end } = await fill());
  });

  afterAll(async () => {
    await end?.();
    await influx.stop();
  });

  /** The values of the rows; fails with the query when the server refuses it. */
  async function rows(query: string): Promise<unknown[][]> {
    const answer = await ask(influx, query);
    expect(answer.error ?? answer.results[0]?.error, query).toBeUndefined();
    return (answer.results[0]?.series ?? []).flatMap((series) => [...series.values]);
  }

  /** Values that the variables of a dashboard take one after the other, as in Grafana: the later ask by the earlier. */
  async function chooseValues(dashboard: Dashboard, all: boolean): Promise<Macros> {
    const values = new Map<string, readonly string[]>();
    const macros = { fromMs: toMs - 3_600_000, toMs, interval: '30s', values };
    for (const variable of dashboard.templating.list) {
      const found = await rows(substitute(variable.query, dashboard.templating.list, macros));
      const pattern = /^\/(.*)\/$/.exec(variable.regex)?.[1];
      const texts = found
        .map((row) => String(row.at(-1)))
        .flatMap((text) => (pattern === undefined ? [text] : (new RegExp(pattern).exec(text)?.[1] ?? [])));
      const options = [...new Set(texts)].toSorted();
      expect(options.length, `values of ${variable.name}`).toBeGreaterThan(0);
      values.set(
        variable.name,
        all && variable.includeAll ? [ALL] : variable.multi ? options : options.slice(0, 1),
      );
    }
    return macros;
  }

  it.each(named)('%s: each returns data, with all chosen', async (_uid, dashboard) => {
    const macros = await chooseValues(dashboard, true);
    for (const { place, query } of panelQueries(dashboard))
      for (const chosen of repeated(query, macros, await unitsOf(dashboard, macros)))
        expect((await rows(substitute(query, dashboard.templating.list, chosen))).length > 0, place).toBe(
          !quiet.test(place),
        );
  });

  it.each(named)('%s: each returns data, with values picked one by one', async (_uid, dashboard) => {
    const macros = await chooseValues(dashboard, false);
    for (const { place, query } of panelQueries(dashboard))
      for (const chosen of repeated(query, macros, await unitsOf(dashboard, macros)))
        expect((await rows(substitute(query, dashboard.templating.list, chosen))).length > 0, place).toBe(
          !quiet.test(place),
        );
  });

  /** Units that a panel is repeated for, `1/s` among them: it must not be taken for a regular expression. */
  async function unitsOf(dashboard: Dashboard, macros: Macros): Promise<string[]> {
    const variable = dashboard.templating.list.find(({ name }) => name === 'unit');
    if (variable === undefined) return [];
    const found = await rows(substitute(variable.query, dashboard.templating.list, macros));
    const units = [...new Set(found.map((row) => String(row.at(-1))))];
    expect(units).toContain('1/s');
    return units;
  }

  function repeated(query: string, macros: Macros, units: readonly string[]): Macros[] {
    if (!referredVariables(query).includes('unit')) return [macros];
    return units.map((unit) => ({ ...macros, values: new Map([...macros.values, ['unit', [unit]]]) }));
  }

  it('tells devices from the hub itself', async () => {
    const fleet = dashboards.find(({ uid }) => uid === 'weir-fleet-overview')!;
    const { query } = fleet.templating.list.find(({ name }) => name === 'device')!;
    const found = new Set((await rows(query)).map((row) => row.at(-1)));
    expect(found.size).toBe(2);
    expect(found.has(HUB_DEVICE)).toBe(false);
  });
});

it.skipIf(!available('influxd'))('returns the very readings that were stored', async () => {
  const { influx, toMs } = await withSamples();
  onTestFinished(() => influx.stop());
  const device = dashboards.find(({ uid }) => uid === 'weir-device')!;
  const { query } = panelQueries(device).find(({ place }) => place.startsWith('panel Readings stored'))!;
  const values = new Map([
    ['device', ['pi.2']],
    ['channel', ['boiler/temperature']],
  ]);
  const macros = { fromMs: toMs - 3_600_000, toMs, interval: '30s', values };
  const answer = await ask(influx, substitute(query, device.templating.list, macros));
  const found = (answer.results[0]?.series ?? []).flatMap((series) => [...series.values]);
  expect(found.map((row) => row.slice(1))).toEqual([[360, 420]]);
});

it.skipIf(!available('influxd'))('shows on the page of a device its own losses alone', async () => {
  const { influx, toMs } = await withSamples();
  onTestFinished(() => influx.stop());
  const device = dashboards.find(({ uid }) => uid === 'weir-device')!;
  const { query } = panelQueries(device).find(({ place }) => place === 'annotation Frames lost')!;
  const lost = async (name: string): Promise<string[]> => {
    const values = new Map([['device', [name]]]);
    const macros = { fromMs: toMs - 3_600_000, toMs, interval: '30s', values };
    const answer = await ask(influx, substitute(query, device.templating.list, macros));
    return (answer.results[0]?.series ?? []).flatMap((series) => series.values.map((row) => String(row[1])));
  };
  const texts = await lost('pi.2');
  expect(texts).toHaveLength(180);
  expect(texts.every((text) => text.startsWith('pi.2 expired spool_bytes: 60 frames'))).toBe(true);
  // A point in a name is a point, and the beginning of a name is another name.
  expect(await lost('pi-2')).toEqual([]);
  expect(await lost('pi')).toEqual([]);
});
