/** What `weir up` asks its hub, to count at the store's own end. */
import { z } from 'zod';
import { HubApi } from '../hub-api.js';

const countSchema = z.object({ readings: z.number(), distinct: z.number() });
const statsSchema = z.object({
  log: z.object({ durable: z.number(), end: z.number() }),
  ingest: z.object({ connections: z.number(), readings: z.number() }),
  sinks: z.array(
    z.object({
      name: z.string(),
      cursor: z.number(),
      readings: z.number(),
      state: z.string(),
      error: z.string().nullable(),
    }),
  ),
});

export type HubStats = z.output<typeof statsSchema>;
export type StoreCount = z.output<typeof countSchema>;

export class HubClient {
  readonly #api: HubApi;

  /** `url` is the hub's http address. */
  constructor(url: string, token: string) {
    this.#api = new HubApi(url, token);
  }

  stats(): Promise<HubStats> {
    return this.#api.get('/api/v1/stats', statsSchema);
  }

  /** Rows and different readings in the store, over the named devices. */
  async count(devices: readonly string[]): Promise<StoreCount> {
    const total = { readings: 0, distinct: 0 };
    for (const device of devices) {
      const one = await this.#api.get('/api/v1/readings/count', countSchema, { device });
      total.readings += one.readings;
      total.distinct += one.distinct;
    }
    return total;
  }
}
