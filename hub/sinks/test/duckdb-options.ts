import { duckdbConfigSchema, type DuckDbOptions } from '../duckdb/config.js';

/** The defaults, but without a wait before writes. */
export function duckdbOptions(path: string, changes: Partial<DuckDbOptions> = {}): DuckDbOptions {
  return { ...duckdbConfigSchema.parse({}), max_delay: 0, ...changes, path };
}
