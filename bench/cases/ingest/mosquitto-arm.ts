import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WeirError } from '@weir/runtime';
import type { LoadMethods } from '../../load/load-process.js';
import type { SubscriberMethods } from '../../load/subscriber-process.js';
import { processUse, useBetween, type ProcessUse } from '../../measure/process-meter.js';
import { Child } from '../../processes/child.js';
import { LOAD_PROCESS, SUBSCRIBER_PROCESS } from '../../processes/scripts.js';
import { mosquittoPath, startMosquitto } from '../../servers/mosquitto.js';
import type { ArmName, ArmOrder, ArmRun, KeptRun, RunArm } from './arm.js';
import { answeredRun } from './arm-run.js';
import { creditOf } from './credit.js';
import { measureWindow } from './window.js';

const LOOK_MS = 10;

/** mosquitto with nobody subscribed: it takes the messages, answers and forgets them. */
export const runMosquitto: RunArm = (order, context) => run('mosquitto', order, context.signal);

/** mosquitto with one subscriber that takes everything, as the hub's store does. */
export const runMosquittoSubscriber: RunArm = (order, context) =>
  run('mosquitto-subscriber', order, context.signal);

async function run(arm: ArmName, order: ArmOrder, signal: AbortSignal): Promise<ArmRun> {
  const command = mosquittoPath();
  if (command === null) throw new WeirError('bench.child_failed', 'mosquitto is not installed');
  const dir = await mkdtemp(join(order.dir, 'weir-bench-'));
  const broker = await startMosquitto({
    ...{ command: [command], dir, signal },
    ...{ host: '127.0.0.1', noDelay: false },
  });
  const load = new Child<LoadMethods>(LOAD_PROCESS, { signal });
  const subscriber =
    arm === 'mosquitto' ? null : new Child<SubscriberMethods>(SUBSCRIBER_PROCESS, { signal });
  try {
    await subscriber?.call('subscribe', { host: '127.0.0.1', port: broker.port });
    const { connections, readingsPerFrame, seed, framesPerS } = order;
    await load.call('connect', {
      ...{ kind: 'mqtt', connections, readingsPerFrame, seed, framesPerS, progressPort: 0 },
      server: { host: '127.0.0.1', port: broker.port, token: '' },
      window: creditOf(connections),
    });
    const mark = (): BrokerMark => ({ atUs: performance.now() * 1000, use: processUse(broker.pid) });
    const begin = mark();
    const measured = { load, serverPid: broker.pid, markServer: () => Promise.resolve(null) };
    const window = await measureWindow(measured, order, signal);
    const { answered } = await load.call('stop');
    const acked = mark();
    const atAck = (await subscriber?.call('received')) ?? null;
    await untilDelivered(subscriber, answered, order, signal);
    const kept = keptOf(answered * readingsPerFrame, begin, mark(), {
      lagS: (performance.now() * 1000 - acked.atUs) / 1e6,
      behind: atAck === null ? null : (answered - atAck) * readingsPerFrame,
    });
    return answeredRun(arm, order, window, broker.pid, kept);
  } finally {
    await Promise.all([load.end(), subscriber?.end(), broker.end()]);
    await rm(dir, { recursive: true, force: true });
  }
}

interface BrokerMark {
  readonly atUs: number;
  readonly use: ProcessUse;
}

/** Rejects with `bench.store_behind`, and with `bench.wrong_count` when something came twice. */
export async function untilDelivered(
  subscriber: Child<SubscriberMethods> | null,
  answered: number,
  { drainS }: Pick<ArmOrder, 'drainS'>,
  signal: AbortSignal,
): Promise<void> {
  if (subscriber === null) return;
  const endMs = performance.now() + drainS * 1000;
  for (;;) {
    const received = await subscriber.call('received');
    const counts = `${answered} messages acknowledged, ${received} delivered`;
    if (received > answered) throw new WeirError('bench.wrong_count', counts);
    if (received === answered) return;
    if (performance.now() > endMs) throw new WeirError('bench.store_behind', `${counts} after ${drainS} s`);
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** A broker's costs; what a store is to the hub, the subscriber is to it. `behind` is null where there is none. */
function keptOf(
  readings: number,
  begin: BrokerMark,
  end: BrokerMark,
  { lagS, behind }: { readonly lagS: number; readonly behind: number | null },
): KeptRun {
  const { cpuS, mainCpuS, writtenBytes } = useBetween(begin.use, end.use);
  const subscribed = behind !== null;
  return {
    readings_acked: readings,
    cpu_s_per_million_readings: (cpuS / readings) * 1e6,
    main_thread_cpu_s_per_million_readings: (mainCpuS / readings) * 1e6,
    bytes_written: writtenBytes,
    log_bytes_written: null,
    stored_per_s_under_load: null,
    stored_per_s: subscribed ? (readings / (end.atUs - begin.atUs)) * 1e6 : null,
    stored_behind: behind,
    stored_lag_s: subscribed ? lagS : null,
    readings_stored: subscribed ? readings : null,
  };
}
