/** The hub's HTTP API, as `weir up` uses it to count at the store's own end. */
import { WeirError } from '@weir/runtime';
import { z } from 'zod';

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
  readonly #url: string;
  readonly #token: string;

  /** `url` is the hub's http address. */
  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  async stats(): Promise<HubStats> {
    return statsSchema.parse(await this.#get('/api/v1/stats'));
  }

  /** Rows and different readings in the store, over the named devices. */
  async count(devices: readonly string[]): Promise<StoreCount> {
    const total = { readings: 0, distinct: 0 };
    for (const device of devices) {
      const one = countSchema.parse(
        await this.#get(`/api/v1/readings/count?device=${encodeURIComponent(device)}`),
      );
      total.readings += one.readings;
      total.distinct += one.distinct;
    }
    return total;
  }

  async #get(path: string): Promise<unknown> {
    const response = await fetch(this.#url + path, { headers: { authorization: `Bearer ${this.#token}` } });
    if (!response.ok)
      throw new WeirError('up.hub_refused', `GET ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}
