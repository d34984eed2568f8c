import { influxConfigSchema, type InfluxOptions } from '../influx/config.js';

/** The defaults, but without a wait before writes. */
export function influxOptions(url: string, dir: string, changes: Partial<InfluxOptions> = {}): InfluxOptions {
  return {
    ...influxConfigSchema.parse({ url, token: 'a-token', org: 'weir' }),
    max_delay: 0,
    dir,
    ...changes,
  };
}
