/** A process of many idle devices; a child of the benchmark. */
import type { ConnectionEnd } from '@weir/device-agent';
import { serve } from '../processes/serve.js';
import { CrowdDevice, type CrowdOrder } from './crowd-device.js';

/** What has happened since `mark`. */
export interface CrowdReport {
  readonly live: number;
  readonly seconds: number;
  /** Attempts that the server answered with an HTTP status. */
  readonly refusals: number;
  /** Of the device that was refused most often. */
  readonly refusalsMax: number;
  /** Attempts that met nobody. */
  readonly unreachable: number;
  readonly goodbyes: number;
  /** Connections that ended in any other way. */
  readonly lost: number;
}

const counts = { refusals: 0, unreachable: 0, goodbyes: 0, lost: 0 };
const NAMES: Partial<Record<ConnectionEnd['how'], keyof typeof counts>> = {
  refused: 'refusals',
  unreachable: 'unreachable',
  goodbye: 'goodbyes',
};
const refusals = new Map<number, number>();
const alive = new Set<number>();
let devices: CrowdDevice[] = [];
let markedMs = performance.now();
let whenAllLive: (() => void)[] = [];

function tell(): void {
  if (alive.size < devices.length) return;
  for (const resolve of whenAllLive.splice(0)) resolve();
}

function deviceAt(order: CrowdOrder, index: number): CrowdDevice {
  return new CrowdDevice(order, index, {
    live: () => {
      alive.add(index);
      tell();
    },
    away: (end) => {
      alive.delete(index);
      counts[NAMES[end.how] ?? 'lost']++;
      if (end.how === 'refused') refusals.set(index, (refusals.get(index) ?? 0) + 1);
    },
  });
}

const methods = {
  /** Every device makes its first attempt within `spreadMs`. */
  connect: ({ spreadMs, ...order }: CrowdOrder & { readonly spreadMs: number }): void => {
    devices = Array.from({ length: order.devices }, (_, index) => deviceAt(order, index));
    for (const [index, device] of devices.entries())
      setTimeout(() => device.connect(), (index / order.devices) * spreadMs);
  },
  mark: (): void => {
    Object.assign(counts, { refusals: 0, unreachable: 0, goodbyes: 0, lost: 0 });
    refusals.clear();
    markedMs = performance.now();
  },
  report: (): CrowdReport => report(),
  /** Resolves when all are there, at once if they are. */
  allLive: async (): Promise<CrowdReport> => {
    await new Promise<void>((resolve) => {
      whenAllLive.push(resolve);
      tell();
    });
    return report();
  },
  stop: (): void => {
    for (const device of devices) device.stop();
    devices = [];
    alive.clear();
    whenAllLive = [];
  },
};
export type CrowdMethods = typeof methods;

function report(): CrowdReport {
  const seconds = (performance.now() - markedMs) / 1000;
  return { live: alive.size, seconds, refusalsMax: Math.max(0, ...refusals.values()), ...counts };
}

serve(methods, () => {
  methods.stop();
  return Promise.resolve();
});
