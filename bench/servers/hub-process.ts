/** A hub in a process of its own; a child of the benchmark. */
import { hubConfigSchema, startHub, type Hub, type HubConfigInput, type HubStats } from '@weir/hub';
import { createLogger } from '@weir/runtime';
import { cpuS } from '../measure/cpu.js';
import { nagle } from '../processes/nagle.js';
import { serve } from '../processes/serve.js';
import { takeLoopDelay, type LoopDelay } from './event-loop.js';
import { memoryHeld, type MemoryHeld } from './memory.js';

/** Readings in a store, and how many of them differ. */
export interface StoredCount {
  readonly readings: number;
  readonly distinct: number;
}

let hub: Hub | null = null;

function current(): Hub {
  if (hub === null) throw new Error('the hub has not been started');
  return hub;
}

const methods = {
  start: async (config: HubConfigInput): Promise<{ url: string; port: number; token: string }> => {
    const logger = createLogger({ name: 'hub', level: 'warn' });
    hub = await startHub(hubConfigSchema.parse(config), { logger });
    const { url, port, token } = hub;
    takeLoopDelay();
    return { url, port, token };
  },
  /** What its store has of a device, by its own API. */
  stored: async (device: string): Promise<StoredCount> => {
    const { url, token } = current();
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${url}/api/v1/readings/count?device=${device}`, { headers });
    if (!answer.ok) throw new Error(`the hub cannot count: ${await answer.text()}`);
    return (await answer.json()) as StoredCount;
  },
  stats: (): HubStats => current().stats(),
  loopDelay: (): LoopDelay => takeLoopDelay(),
  /** CPU time that the process has used, all threads, s. */
  cpuS: (): number => cpuS(),
  /** From here on without TCP_NODELAY. */
  nagle: (): void => nagle(),
  memory: (): Promise<MemoryHeld> => memoryHeld(),
};
export type HubMethods = typeof methods;

serve(methods, async () => hub?.close());
