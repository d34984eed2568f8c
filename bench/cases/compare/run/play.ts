/** The processes of a run play it, wherever they stand. */
import { systemClock, WeirError } from '@weir/runtime';
import { growthBetween, until } from '../../../measure/cpu.js';
import type { MeasuredEnergy } from '../../../energy/energy.js';
import type { Metering } from '../../../energy/meters/metering.js';
import { Child, type Methods } from '../../../processes/child.js';
import {
  COMMANDED_PROCESS,
  DISPLAY_PROCESS,
  OPERATOR_PROCESS,
  SENSOR_PROCESS,
  UPLINK_PROCESS,
  WITNESS_PROCESS,
} from '../../../processes/scripts.js';
import type { Assignment, Server } from '../clients/assignment.js';
import type { ReceiverResult } from '../clients/receiver.js';
import type { ReceiverMethods } from '../clients/serve-receiver.js';
import type { SenderMethods } from '../clients/serve-sender.js';
import type { SenderResult } from '../clients/sender.js';
import type { Direction, RunPlan } from '../scenario.js';
import { Schedule } from '../schedule.js';

/** Time for all to connect, greetings included. */
const CONNECT_MS = 60_000;
/** From when the processes are told until the run begins: they hear of it a little apart. */
const LEAD_US = 300_000;

/** The processes that a direction needs beside the server. */
export interface Cast {
  readonly sender: URL;
  readonly receiver: URL;
  readonly client: 'sender' | 'receiver';
  /** Sees beside the server what the receiver sees across the link, where that tells the link apart from the rest. */
  readonly witness?: URL;
}

export const CASTS: Record<Direction, Cast> = {
  uplink: { sender: UPLINK_PROCESS, receiver: WITNESS_PROCESS, client: 'sender' },
  command: { sender: OPERATOR_PROCESS, receiver: COMMANDED_PROCESS, client: 'receiver' },
  display: {
    sender: SENSOR_PROCESS,
    receiver: DISPLAY_PROCESS,
    client: 'receiver',
    witness: WITNESS_PROCESS,
  },
};

/** A server that is up, as it is reached from either end. */
export interface Servers {
  /** Across the link. */
  readonly far: Server;
  /** From beside it. */
  readonly near: Server;
  /** CPU that it has used, s. */
  readonly cpuS: () => number | Promise<number>;
}

/** What a run is played on. */
export interface Stage {
  readonly signal: AbortSignal;
  /** Of all processes. */
  readonly env: Readonly<Record<string, string>>;
  /** Of the devices' names. */
  readonly prefix: string;
  /** Command that runs the client, across the link. */
  readonly farExec: readonly string[];
  /** Command that runs all others, beside the server. */
  readonly nearExec: readonly string[];
  /** It may still be starting: meanwhile the processes start, too. */
  readonly server: Promise<Servers>;
  /** Measures this machine's power; null: energy is modelled. */
  readonly metering: Metering | null;
}

/** What the processes of a run found. */
export interface RunFindings {
  readonly startUs: number;
  readonly sender: SenderResult;
  readonly receiver: ReceiverResult;
  readonly witness: ReceiverResult | null;
  readonly serverCpuS: number;
  /** What a meter saw of the window. */
  readonly measured: MeasuredEnergy | null;
}

/** Rejects with `bench.*`; then, too, all processes have ended. */
export async function play(plan: RunPlan, cast: Cast, stage: Stage): Promise<RunFindings> {
  const { signal, env, prefix, farExec, nearExec, metering } = stage;
  const begin = <M extends Methods>(script: URL, isClient: boolean): Child<M> =>
    new Child<M>(script, { signal, env, exec: isClient ? farExec : nearExec });
  const [sends, receives] = [cast.client === 'sender', cast.client === 'receiver'];
  const sender = begin<SenderMethods>(cast.sender, sends);
  const receiver = begin<ReceiverMethods>(cast.receiver, receives);
  const witness = cast.witness === undefined ? null : begin<ReceiverMethods>(cast.witness, false);
  try {
    const { near, far, cpuS: serverCpuS } = await stage.server;
    const assignment = (isClient: boolean): Assignment => ({ plan, server: isClient ? far : near, prefix });
    await inTime(CONNECT_MS, signal, async () => {
      await witness?.call('connect', assignment(false));
      await receiver.call('connect', assignment(receives));
      await sender.call('connect', assignment(sends));
    });
    const { measuredFromUs, endUs } = new Schedule(plan);
    const startUs = systemClock.monotonicUs() + LEAD_US;
    const [fromUs, toUs] = [startUs + measuredFromUs, startUs + endUs];
    const [cpuS, measured] = await Promise.all([
      growthBetween(fromUs, toUs, serverCpuS, signal),
      metering?.(fromUs, toUs, signal),
      receiver.call('run', { startUs }),
      witness?.call('run', { startUs }),
      sender.call('run', { startUs }),
    ]);
    return {
      ...{ startUs, serverCpuS: cpuS, measured: measured ?? null },
      sender: await sender.call('result'),
      receiver: await receiver.call('result'),
      witness: (await witness?.call('result')) ?? null,
    };
  } finally {
    await Promise.all([sender.end(), receiver.end(), witness?.end()]);
  }
}

async function inTime(ms: number, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  const late = new AbortController();
  const timeout = until(systemClock.monotonicUs() + ms * 1000, AbortSignal.any([signal, late.signal])).then(
    () => {
      throw new WeirError('bench.child_failed', `not all clients were connected within ${ms} ms`);
    },
  );
  try {
    await Promise.race([act(), timeout]);
  } finally {
    late.abort();
    await timeout.catch(() => undefined);
  }
}
