/**
 * The shape of Grafana's files as far as it is used here, and strict: what is not named is a mistake. After Grafana's
 * documentation of provisioning (datasources, dashboard providers, InfluxDB) and its dashboard JSON model, version 42.
 */
import { z } from 'zod';

export const DATASOURCE_UID = 'weir-influx';

/** Panels that come with Grafana. */
const PANEL_TYPES = ['row', 'stat', 'state-timeline', 'table', 'timeseries'] as const;

const uid = z.string().regex(/^[a-zA-Z0-9_-]{1,40}$/);
const text = z.string().min(1);

export const datasourceFileSchema = z.strictObject({
  apiVersion: z.literal(1),
  prune: z.boolean().optional(),
  datasources: z.array(
    z.strictObject({
      name: text,
      type: z.literal('influxdb'),
      uid,
      orgId: z.int().positive().optional(),
      access: z.literal('proxy'),
      url: z.url({ protocol: /^https?$/ }),
      user: text.optional(),
      isDefault: z.boolean(),
      editable: z.boolean(),
      jsonData: z.strictObject({
        version: z.literal('InfluxQL'),
        dbName: text,
        httpMode: z.enum(['GET', 'POST']),
        httpHeaderName1: z.literal('Authorization'),
        timeInterval: z.string().regex(/^\d+(ms|s|m|h)$/),
        maxSeries: z.int().positive(),
      }),
      // Secrets come from the environment, never from the file.
      secureJsonData: z.strictObject({ httpHeaderValue1: z.string().regex(/^Token \$[A-Z_]+$/) }),
    }),
  ),
});

export const providerFileSchema = z.strictObject({
  apiVersion: z.literal(1),
  providers: z.array(
    z.strictObject({
      name: text,
      orgId: z.int().positive(),
      folder: z.string(),
      folderUid: uid,
      type: z.literal('file'),
      disableDeletion: z.boolean(),
      allowUiUpdates: z.boolean(),
      updateIntervalSeconds: z.int().positive(),
      options: z.strictObject({ path: z.string().startsWith('/'), foldersFromFilesStructure: z.boolean() }),
    }),
  ),
});

const datasource = z.strictObject({ type: z.literal('influxdb'), uid: z.literal(DATASOURCE_UID) });

const targetSchema = z.strictObject({
  refId: z.string().regex(/^[A-Z]$/),
  datasource,
  rawQuery: z.literal(true),
  query: text,
  resultFormat: z.enum(['time_series', 'table']),
  alias: text.optional(),
});

const thresholdsSchema = z.strictObject({
  mode: z.literal('absolute'),
  steps: z
    .array(z.strictObject({ color: text, value: z.number().nullable() }))
    .min(1)
    .refine(([first]) => first?.value === null, 'the first step has no lower bound'),
});

const fieldConfigSchema = z.strictObject({
  defaults: z.strictObject({
    color: z.strictObject({ mode: text }),
    custom: z.record(z.string(), z.unknown()),
    mappings: z.array(
      z.strictObject({ type: z.literal('value'), options: z.record(z.string(), z.unknown()) }),
    ),
    thresholds: thresholdsSchema,
    unit: text.optional(),
    decimals: z.int().min(0).optional(),
    min: z.number().optional(),
    max: z.number().optional(),
  }),
  overrides: z.array(
    z.strictObject({
      matcher: z.strictObject({ id: z.enum(['byName', 'byRegexp']), options: text }),
      properties: z.array(z.strictObject({ id: text, value: z.unknown() })).min(1),
    }),
  ),
});

const gridPos = z
  .strictObject({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1), h: z.int().min(1) })
  .refine(({ x, w }) => x + w <= 24, 'wider than the 24 columns');

const panelSchema = z.strictObject({
  id: z.int().positive(),
  type: z.enum(PANEL_TYPES),
  title: text,
  description: z.string().min(10).optional(),
  gridPos,
  datasource: datasource.optional(),
  targets: z.array(targetSchema).min(1).optional(),
  fieldConfig: fieldConfigSchema.optional(),
  options: z.record(z.string(), z.unknown()).optional(),
  transformations: z
    .array(z.strictObject({ id: text, options: z.record(z.string(), z.unknown()) }))
    .optional(),
  repeat: text.optional(),
  repeatDirection: z.enum(['h', 'v']).optional(),
  maxPerRow: z.int().positive().optional(),
  collapsed: z.boolean().optional(),
  panels: z.array(z.never()).optional(),
});

const variableSchema = z.strictObject({
  type: z.literal('query'),
  name: z.string().regex(/^\w+$/),
  label: text,
  description: text,
  datasource,
  query: text,
  definition: text,
  // 1: when the dashboard loads, 2: when its time changes.
  refresh: z.union([z.literal(1), z.literal(2)]),
  regex: z.string(),
  sort: z.int().min(0).max(8),
  multi: z.boolean(),
  includeAll: z.boolean(),
  allValue: text.optional(),
  current: z.record(z.string(), z.unknown()),
  options: z.array(z.never()),
  hide: z.int().min(0).max(2),
  skipUrlSync: z.boolean(),
});

const annotationSchema = z.strictObject({
  name: text,
  enable: z.boolean(),
  hide: z.boolean(),
  iconColor: text,
  datasource: z.union([
    datasource,
    z.strictObject({ type: z.literal('grafana'), uid: z.literal('-- Grafana --') }),
  ]),
  builtIn: z.literal(1).optional(),
  type: z.literal('dashboard').optional(),
  target: z
    .strictObject({
      refId: z.literal('Anno'),
      query: text,
      rawQuery: z.literal(true),
      resultFormat: z.literal('table'),
      fromAnnotations: z.literal(true),
      textEditor: z.literal(true),
      textColumn: text,
    })
    .optional(),
});

export const dashboardSchema = z.strictObject({
  uid,
  title: text,
  description: text,
  tags: z.array(text),
  schemaVersion: z.literal(42),
  version: z.int().positive(),
  editable: z.boolean(),
  graphTooltip: z.int().min(0).max(2),
  fiscalYearStartMonth: z.int(),
  liveNow: z.boolean(),
  preload: z.boolean(),
  weekStart: z.string(),
  timezone: z.literal('browser'),
  time: z.strictObject({ from: text, to: text }),
  timepicker: z.strictObject({ refresh_intervals: z.array(text) }),
  refresh: text,
  links: z.array(z.record(z.string(), z.unknown())),
  annotations: z.strictObject({ list: z.array(annotationSchema) }),
  templating: z.strictObject({ list: z.array(variableSchema) }),
  panels: z.array(panelSchema).min(1),
});

export type Dashboard = z.output<typeof dashboardSchema>;
export type Variable = z.output<typeof variableSchema>;
