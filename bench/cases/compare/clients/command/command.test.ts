/** Commands of an operator to devices, by every method, against a real hub. */
import { hubConfigSchema, startHub } from '@weir/hub';
import { systemClock } from '@weir/runtime';
import { temporaryFolder } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { planOf, scenarioOf } from '../../records.testing.js';
import type { DOWN_METHODS, RunPlan } from '../../scenario.js';
import type { Server } from '../assignment.js';
import { Receiver, type ReceiverResult } from '../receiver.js';
import { Sender, type SenderResult } from '../sender.js';
import { openAgentDevices } from './agent-devices.js';
import { openHttpDevices } from './http-devices.js';
import { openOperator } from './operator.js';

type DownMethod = (typeof DOWN_METHODS)[number];

async function server(): Promise<Server> {
  const config = hubConfigSchema.parse({
    ...{ stores: { duckdb: { enabled: false } }, vitals: { interval: 0 }, console: { enabled: false } },
    ...{ listen: { port: 0 }, data_dir: await temporaryFolder() },
  });
  const hub = await startHub(config);
  onTestFinished(() => hub.close());
  return { host: '127.0.0.1', port: hub.port, tls: false, token: hub.token };
}

async function run(plan: RunPlan, to: Server): Promise<{ sent: SenderResult; received: ReceiverResult }> {
  const assignment = { plan, server: to, prefix: 'd' };
  const open = plan.scenario.method === 'ws' ? openAgentDevices : openHttpDevices;
  const receiver = await Receiver.connect(assignment, open);
  const sender = await Sender.connect(assignment, openOperator);
  try {
    const startUs = systemClock.monotonicUs() + 20_000;
    await Promise.all([receiver.run(startUs), sender.run(startUs)]);
    return { sent: sender.result(), received: receiver.result() };
  } finally {
    await Promise.all([sender.close(), receiver.close()]);
  }
}

describe('commands of the schedule', () => {
  it.each<DownMethod>(['ws', 'sse', 'long-poll', 'poll', 'poll-new'])(
    'come once each by %s, and are answered',
    async (method) => {
      const scenario = scenarioOf({ direction: 'command', method, devices: 2, rateHz: 20 });
      const pollMs = scenario.pollMs === null ? null : 100;
      const plan = { ...planOf({ ...scenario, pollMs }, 0, 1), warmupS: 0.2, measuredS: 1 };
      const { sent, received } = await run(plan, await server());
      expect(received.readings).toEqual({ due: 40, arrived: 40, lost: 0, duplicated: 0 });
      expect(received.latency).toMatchObject({ count: 40, negatives: 0 });
      expect(sent.confirmed).toMatchObject({ count: 40, negatives: 0 });
      // Nobody knows of a command that it was carried out before it was there.
      expect(sent.confirmed?.meanUs).toBeGreaterThan(received.latency.meanUs);
      expect(received.polls === null).toBe(pollMs === null);
      if (received.polls !== null) expect(received.polls.asked).toBeGreaterThan(0);
    },
  );

  it('fail the run when the hub refuses one', async () => {
    const to = await server();
    const plan = {
      ...planOf(scenarioOf({ direction: 'command', method: 'sse' }), 0, 1),
      warmupS: 0,
      measuredS: 1,
    };
    const sender = await Sender.connect({ plan, server: to, prefix: 'nobody' }, openOperator);
    await expect(sender.run(systemClock.monotonicUs())).rejects.toThrow(/command 0 to nobody0: 404/);
    await sender.close();
  });
});
