/**
 * The InfluxQL of a dashboard, and what Grafana makes of it before the store sees it.
 *
 *   $timeFilter           time >= 1700000000000ms and time <= 1700003600000ms
 *   $__interval           the step that suits the width of the panel
 *   ${name:raw}           the variable's value as it is
 *   $name, ${name}        a chosen value with the signs of regular expressions escaped, `/` among them; several as
 *                         (one|other); all as the variable's own text for all
 */
import type { Dashboard, Variable } from './schemas.testing.js';

export interface DashboardQuery {
  /** Where it stands, for messages: `panel Readings per second, A`. */
  readonly place: string;
  readonly query: string;
}

export interface Macros {
  readonly fromMs: number;
  readonly toMs: number;
  /** InfluxQL duration, such as `10s`. */
  readonly interval: string;
  /** Chosen values by variable. `$__all` stands for all. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

/** Chosen value that stands for all. */
export const ALL = '$__all';

/** Macros and links that Grafana itself defines. */
const BUILT_IN = new Set([
  'timeFilter',
  '__interval',
  '__interval_ms',
  '__url_time_range',
  '__data.fields.device',
]);

const REFERENCE = /\$(?:\{([\w.]+)(?::(\w+))?\}|(\w+))/g;

/** Queries of panels and annotations. */
export function panelQueries(dashboard: Dashboard): DashboardQuery[] {
  const panels = dashboard.panels.flatMap((panel) =>
    (panel.targets ?? []).map(({ refId, query }) => ({ place: `panel ${panel.title}, ${refId}`, query })),
  );
  const annotations = dashboard.annotations.list.flatMap(({ name, target }) =>
    target?.query === undefined ? [] : [{ place: `annotation ${name}`, query: target.query }],
  );
  return [...panels, ...annotations];
}

export function variableQueries(dashboard: Dashboard): DashboardQuery[] {
  return dashboard.templating.list.map(({ name, query }) => ({ place: `variable ${name}`, query }));
}

/** Names of variables that a text refers to, those of Grafana left out. */
export function referredVariables(text: string): string[] {
  return [...text.matchAll(REFERENCE)]
    .map(([, braced, , plain]) => braced ?? plain ?? '')
    .filter((name) => !BUILT_IN.has(name) && !name.startsWith('tag_'));
}

/** The query as the store gets it. Throws when it refers to something that has no value. */
export function substitute(query: string, variables: readonly Variable[], macros: Macros): string {
  return query.replace(
    REFERENCE,
    (_whole, braced: string | undefined, format: string | undefined, plain?: string) => {
      const name = braced ?? plain ?? '';
      if (name === 'timeFilter') return `time >= ${macros.fromMs}ms and time <= ${macros.toMs}ms`;
      if (name === '__interval') return macros.interval;
      const variable = variables.find((each) => each.name === name);
      const chosen = macros.values.get(name);
      if (variable === undefined || chosen === undefined)
        throw new TypeError(`$${name} has no value in: ${query}`);
      return interpolated(variable, chosen, format);
    },
  );
}

function interpolated(variable: Variable, chosen: readonly string[], format: string | undefined): string {
  const [first = ''] = chosen;
  if (first === ALL && variable.allValue !== undefined) return variable.allValue;
  if (format === 'raw') return first;
  const escaped = chosen.map((value) => value.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&'));
  return variable.multi ? `(${escaped.join('|')})` : (escaped[0] ?? '');
}
