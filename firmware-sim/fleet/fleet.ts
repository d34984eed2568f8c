/**
 * A fleet of virtual devices in one process. Each runs the agent's real sampler, batcher, spool and link, on its own
 * connection; only the sensors are simulated, and one timer reads them all.
 */
import { join } from 'node:path';
import {
  createDevice,
  type AgentStats,
  type Device,
  type DeviceOptions,
  type Transport,
} from '@weir/device-agent';
import { seededEntropy, type Clock, type Entropy, type Logger, type Timers } from '@weir/runtime';
import { simulatedSensors, type SimulatedSensor } from '../signals/sensors.js';
import { startFleetSchedule } from './schedule.js';

export interface FleetOptions {
  readonly hub: string;
  readonly token: DeviceOptions['token'];
  readonly devices: number;
  /** Readings a second of each channel. */
  readonly rateHz: number;
  /** Channels of each device. */
  readonly channels: number;
  /** Devices are named `${prefix}-0001` and so on. */
  readonly prefix: string;
  /** Each device gets a folder in it; 'memory' keeps nothing across runs. */
  readonly spool: { readonly dir: string } | 'memory';
  /** The same seed gives the same signals. */
  readonly seed: number;
}

export interface FleetDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly entropy: Entropy;
  readonly logger: Logger;
  /** In place of a WebSocket for each device. */
  readonly transport?: Transport;
}

/** Sums over all devices. */
export interface FleetStats {
  readonly devices: number;
  readonly connected: number;
  /** Why a device is not connected; '' when all are. */
  readonly reason: string;
  /** Readings taken from the sensors. */
  readonly taken: number;
  readonly sent: number;
  readonly acked: number;
  readonly rejected: number;
  readonly expired: number;
  readonly backlogFrames: number;
  readonly bytesSent: number;
}

export interface Fleet {
  readonly names: readonly string[];
  stats(): FleetStats;
  onAck: Device['onAck'];
  /** Ends the readings; what was read still goes to the hub. */
  stopReading(): void;
  /** Resolves when every device has nothing unconfirmed. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

const SOURCE = 'sim';
/** Spools opened at a time. */
const OPENING_MAX = 64;

/** Names of the devices of a fleet. */
export function fleetNames(prefix: string, devices: number): string[] {
  const digits = Math.max(4, String(devices).length);
  return Array.from(
    { length: devices },
    (_, index) => `${prefix}-${String(index + 1).padStart(digits, '0')}`,
  );
}

/** Opens all spools, then starts reading. Throws what `createDevice` throws, with every device closed again. */
export async function startFleet(options: FleetOptions, deps: FleetDeps): Promise<Fleet> {
  const names = fleetNames(options.prefix, options.devices);
  const devices = await openAll(names, options, deps);
  const sensors = devices.map((_, index) =>
    simulatedSensors(options.channels, seededEntropy(options.seed + index)),
  );
  const outputs = devices.map((device) => device.output(SOURCE));
  const utcOffsetUs = deps.clock.utcUs() - deps.clock.monotonicUs();
  const schedule = startFleetSchedule({
    ...{ devices: devices.length, rateHz: options.rateHz, clock: deps.clock, timers: deps.timers },
    take(index, dueUs) {
      for (const sensor of sensors[index] ?? []) read(sensor, outputs[index], dueUs, utcOffsetUs);
    },
  });
  return {
    names,
    stats: () => sum(devices.map((device) => device.stats())),
    onAck(listener) {
      const ends = devices.map((device) => device.onAck(listener));
      return () => ends.forEach((end) => end());
    },
    stopReading: () => schedule.stop(),
    async drained() {
      await Promise.all(devices.map((device) => device.drained()));
    },
    async close() {
      schedule.stop();
      await Promise.allSettled(devices.map((device) => device.close()));
    },
  };
}

function read(
  sensor: SimulatedSensor,
  output: ReturnType<Device['output']> | undefined,
  dueUs: number,
  offsetUs: number,
): void {
  output?.reading(sensor.name, sensor.signal((dueUs + offsetUs) / 1e6), dueUs, { unit: sensor.unit });
}

async function openAll(names: readonly string[], options: FleetOptions, deps: FleetDeps): Promise<Device[]> {
  const devices: Device[] = [];
  try {
    for (let at = 0; at < names.length; at += OPENING_MAX) {
      const batch = names.slice(at, at + OPENING_MAX).map((device) => open(device, options, deps));
      const results = await Promise.allSettled(batch);
      for (const result of results) if (result.status === 'fulfilled') devices.push(result.value);
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    }
    return devices;
  } catch (error) {
    await Promise.allSettled(devices.map((device) => device.close()));
    throw error;
  }
}

function open(device: string, { hub, token, spool }: FleetOptions, deps: FleetDeps): Promise<Device> {
  const place = spool === 'memory' ? spool : { dir: join(spool.dir, device) };
  return createDevice({ device, hub, token, spool: place }, deps);
}

function sum(all: readonly AgentStats[]): FleetStats {
  const total = {
    ...{ devices: all.length, connected: 0, reason: '', taken: 0, sent: 0, acked: 0 },
    ...{ rejected: 0, expired: 0, backlogFrames: 0, bytesSent: 0 },
  };
  for (const each of all) {
    total.connected += each.connected ? 1 : 0;
    total.reason ||= each.reason;
    total.taken += each.readings_recorded;
    total.sent += each.readings_sent;
    total.acked += each.readings_acked;
    total.rejected += each.readings_rejected;
    total.expired += each.readings_expired;
    total.backlogFrames += each.backlog_frames;
    total.bytesSent += each.bytes_sent;
  }
  return total;
}
