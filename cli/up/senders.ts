/** The half that sends: a simulated microcontroller on a serial line read by a real agent, and a virtual fleet. */
import { join } from 'node:path';
import { Latency } from '@weir/bench';
import { agentConfigSchema, startAgent, type Agent } from '@weir/device-agent';
import {
  canOpenPty,
  fleetNames,
  openPty,
  openTcpLine,
  simulatedSensors,
  startFleet,
  startMicrocontroller,
  type Fleet,
  type Microcontroller,
  type SerialLine,
} from '@weir/firmware-sim';
import {
  makeDirectory,
  checkConfig,
  seededEntropy,
  systemClock,
  systemEntropy,
  systemTimers,
  type Logger,
} from '@weir/runtime';
import type { Closers } from './closers.js';
import type { Flow } from './live-line.js';

export interface SenderOptions {
  readonly data: string;
  /** Virtual devices beside the one on the serial line. */
  readonly devices: number;
  /** Readings a second of each of their channels. */
  readonly rateHz: number;
  readonly logger: Logger;
}

export interface Senders {
  readonly names: readonly string[];
  /** What is on the serial line, for people. */
  readonly lineText: string;
  readonly latency: Latency;
  flow(): Pick<Flow, 'connected' | 'devices'>;
  counts(): { readonly devices: number; readonly sent: number; readonly acked: number };
  /** Ends the readings at their source. */
  stopSensors(): Promise<void>;
  /** Resolves when the hub has confirmed all that was read. */
  drained(): Promise<void>;
}

const LINE_DEVICE = 'microcontroller';
const FLEET_PREFIX = 'virtual';
const FLEET_CHANNELS = 4;
const LINE_SENSORS = 6;
const LINE_RATE_HZ = 5;
const SEED = 1;
/** Names of all devices that `weir up` runs. */
export function deviceNames(virtual: number): string[] {
  return [LINE_DEVICE, ...fleetNames(FLEET_PREFIX, virtual)];
}

export async function startSenders(
  options: SenderOptions,
  hub: { readonly url: string; readonly token: string },
  closers: Closers,
): Promise<Senders> {
  const line = closers.add('serial line', await openLine(options.data), (each) => each.close());
  const controller = startController(line);
  closers.add('microcontroller', controller, (each) => each.stop());
  const agent = closers.add('agent', await startLineAgent(line, options, hub), (each) => each.close());
  const fleet = closers.add('fleet', await startVirtualFleet(options, hub), (each) => each.close());
  const latency = new Latency();
  for (const each of [agent, fleet]) each.onAck(latency.acked);
  return sendersOf(line, controller, agent, fleet, latency);
}

function sendersOf(
  line: SerialLine,
  controller: Microcontroller,
  agent: Agent,
  fleet: Fleet,
  latency: Latency,
): Senders {
  const names = [LINE_DEVICE, ...fleet.names];
  return {
    ...{ names, latency },
    lineText: `${LINE_SENSORS} at ${LINE_RATE_HZ} Hz on ${line.address.kind === 'pty' ? line.address.path : `tcp port ${line.address.port}`}`,
    flow: () => ({
      devices: names.length,
      connected: fleet.stats().connected + (agent.stats().connected ? 1 : 0),
    }),
    counts() {
      const [one, many] = [agent.stats(), fleet.stats()];
      return {
        devices: names.length,
        sent: one.readings_sent + many.sent,
        acked: one.readings_acked + many.acked,
      };
    },
    async stopSensors() {
      controller.stop();
      fleet.stopReading();
      await agent.stopReading();
    },
    async drained() {
      await Promise.all([agent.drained(), fleet.drained()]);
    },
  };
}

async function openLine(data: string): Promise<SerialLine> {
  if (!canOpenPty()) return openTcpLine();
  await makeDirectory(data);
  return openPty(join(data, 'ttySIM0'));
}

function startController(line: SerialLine): Microcontroller {
  const entropy = seededEntropy(SEED);
  return startMicrocontroller({
    line,
    sensors: simulatedSensors(LINE_SENSORS, entropy),
    rateHz: LINE_RATE_HZ,
    format: 'json',
    clock: systemClock,
    timers: systemTimers,
    entropy,
  });
}

function startLineAgent(
  line: SerialLine,
  { data, logger }: SenderOptions,
  hub: { readonly url: string; readonly token: string },
): Promise<Agent> {
  const channels = Object.fromEntries(
    simulatedSensors(LINE_SENSORS, seededEntropy(SEED)).map(({ name, unit }) => [name, { unit }]),
  );
  const port =
    line.address.kind === 'pty'
      ? { type: 'serial', path: line.address.path }
      : { type: 'tcp', host: line.address.host, port: line.address.port };
  const config = checkConfig(agentConfigSchema, {
    device: LINE_DEVICE,
    hub: hub.url,
    token: hub.token,
    spool: { dir: join(data, 'agents', LINE_DEVICE) },
    sources: [{ ...port, name: 'board', format: { type: 'json' }, channels }],
  });
  return startAgent(config, { logger: logger.child({ part: 'agent' }) });
}

function startVirtualFleet(
  { data, devices, rateHz, logger }: SenderOptions,
  hub: { readonly url: string; readonly token: string },
): Promise<Fleet> {
  return startFleet(
    {
      hub: hub.url,
      token: hub.token,
      ...{ devices, rateHz, channels: FLEET_CHANNELS, prefix: FLEET_PREFIX, seed: SEED + 1 },
      spool: { dir: join(data, 'agents') },
    },
    {
      clock: systemClock,
      timers: systemTimers,
      entropy: systemEntropy,
      logger: logger.child({ part: 'fleet' }),
    },
  );
}
