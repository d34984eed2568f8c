/** The router between the two ends, in a process and a network namespace of its own: a child of the benchmark. */
import { systemClock } from '@weir/runtime';
import { serve } from '../../processes/serve.js';
import { hurry } from '../hurry.js';
import { DelayLine } from '../delay-line.js';
import { delayOnly, type Impairments, type WayName } from '../impairments.js';
import { TraceRecorder } from '../trace-recorder.js';
import type { Trace } from '../trace.js';
import { waysOf } from '../way.js';
import { openEnd, type NamespaceEnd } from './end.js';
import { readPacket } from './packet.js';
import { runCommand } from './run-command.js';

export interface Routing {
  readonly impairments: Impairments;
  readonly seed: number;
  /** What a packet takes through the emulator itself, us: taken off its delay. */
  readonly transitUs: number;
}

/** Packets on one way at a time: more than any TCP of ours has under way, and bounded. */
const MOST_ON_THE_WAY = 1 << 16;

hurry();
const lines: Record<WayName, DelayLine> = { up: new DelayLine(), down: new DelayLine() };
let ends: { readonly device: NamespaceEnd; readonly hub: NamespaceEnd } | null = null;
let ways = waysOf(delayOnly(0), 0);
let transitUs = 0;
let recorder: TraceRecorder | null = null;

function route(way: WayName, packet: Buffer, to: NamespaceEnd): void {
  const atUs = systemClock.monotonicUs();
  const traced = readPacket(packet);
  if (traced === null) return;
  recorder?.add(atUs, way, traced);
  const arrivalUs = ways[way].arrivalUs(atUs, packet.length);
  if (arrivalUs === null || lines[way].length === MOST_ON_THE_WAY) return;
  lines[way].push(arrivalUs - transitUs, () => to.socket.send(packet, ignoreLoss));
}

/** As any network, it does not say what it could not deliver. */
const ignoreLoss = (): void => undefined;

const methods = {
  /** The processes that hold the ends' namespaces. */
  open: async (): Promise<{ device: number; hub: number }> => {
    await runCommand(['ip', 'link', 'set', 'lo', 'up']);
    const device = await openEnd('device');
    const hub = await openEnd('hub');
    ends = { device, hub };
    device.socket.on('message', (packet) => route('up', packet, hub));
    hub.socket.on('message', (packet) => route('down', packet, device));
    for (const { socket } of [device, hub]) socket.on('error', ignoreLoss);
    return { device: device.pid, hub: hub.pid };
  },
  impair: (routing: Routing): void => {
    ways = waysOf(routing.impairments, routing.seed);
    transitUs = routing.transitUs;
  },
  startTrace: (): void => {
    recorder = new TraceRecorder('packets');
  },
  takeTrace: (): Trace => {
    const trace = (recorder ?? new TraceRecorder('packets')).trace();
    recorder = null;
    return trace;
  },
};
export type RouterMethods = typeof methods;

serve(methods, async () => {
  await Promise.all([lines.up.close(), lines.down.close(), ends?.device.close(), ends?.hub.close()]);
});
