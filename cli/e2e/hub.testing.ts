/** A hub in this process for end-to-end tests, with what tests ask of it. */
import { join } from 'node:path';
import { hubConfigSchema, startHub, type Hub, type HubConfigInput } from '@weir/hub';
import { checkConfig } from '@weir/runtime';
import { temporaryFolder, waitFor } from '@weir/testing';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { HubClient } from '../up/hub-client.js';

export interface TestHub {
  readonly hub: Hub;
  readonly client: HubClient;
  get(path: string): Promise<unknown>;
  /** Waits until every store holds what is in the log now. */
  stored(): Promise<void>;
}

export async function testHub(settings: HubConfigInput = {}): Promise<TestHub> {
  const dataDir = settings.data_dir ?? join(await temporaryFolder(), 'hub');
  const config = { data_dir: dataDir, listen: { port: 0 }, ...settings };
  const hub = await startHub(checkConfig(hubConfigSchema, config));
  onTestFinished(() => hub.close());
  const client = new HubClient(hub.url, hub.token);
  return {
    hub,
    client,
    async get(path) {
      const response = await fetch(hub.url + path, { headers: { authorization: `Bearer ${hub.token}` } });
      if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    async stored() {
      const { log } = await client.stats();
      await waitFor(async () => (await client.stats()).sinks.every(({ cursor }) => cursor >= log.durable), {
        what: 'the stores to catch up',
      });
    },
  };
}

const pageSchema = z.object({
  times_us: z.array(z.number()),
  values: z.array(z.union([z.number(), z.boolean(), z.string()])),
  next_cursor: z.string().nullable(),
});

/** All readings of one channel in the store, by time. */
export async function readingsOf(
  hub: TestHub,
  device: string,
  channel: string,
): Promise<{ timesUs: number[]; values: unknown[] }> {
  const timesUs: number[] = [];
  const values: unknown[] = [];
  const query = new URLSearchParams({ device, channel, from: '0', limit: '1000' });
  for (;;) {
    const page = pageSchema.parse(await hub.get(`/api/v1/readings?${query.toString()}`));
    timesUs.push(...page.times_us);
    values.push(...page.values);
    if (page.next_cursor === null) return { timesUs, values };
    query.set('cursor', page.next_cursor);
  }
}
