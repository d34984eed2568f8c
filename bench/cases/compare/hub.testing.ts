/** A hub in the test's own process, for what is tested against a real one. */
import { hubConfigSchema, startHub, type Hub, type HubConfigInput } from '@weir/hub';
import { temporaryFolder } from '@weir/testing';
import { onTestFinished } from 'vitest';

/** A hub without stores or readings of its own; closed when the test ends. */
export async function testHub(input: HubConfigInput = {}): Promise<Hub> {
  const config = hubConfigSchema.parse({
    ...{ stores: { duckdb: { enabled: false } }, vitals: { interval: 0 }, console: { enabled: false } },
    ...input,
    ...{ listen: { port: 0, ...input.listen }, data_dir: await temporaryFolder() },
  });
  const hub = await startHub(config);
  onTestFinished(() => hub.close());
  return hub;
}
