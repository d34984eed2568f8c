/** The router between the two ends, in a process and a network namespace of its own: a child of the benchmark. */
import { readFileSync } from 'node:fs';
import { systemClock } from '@weir/runtime';
import { serve } from '../../processes/serve.js';
import { hurry } from '../hurry.js';
import { DelayLine } from '../delay-line.js';
import { Emulator, type Emulation } from '../emulator.js';
import type { WayName } from '../impairments.js';
import type { LinkTrace } from '../trace.js';
import { openEnd, type NamespaceEnd } from './end.js';
import { readPacket } from './packet.js';
import { runCommand } from './run-command.js';

hurry();
const emulator = new Emulator('packets', { up: new DelayLine(), down: new DelayLine() });
let ends: { readonly device: NamespaceEnd; readonly hub: NamespaceEnd } | null = null;
let overrunBefore = 0;

function route(way: WayName, packet: Buffer, to: NamespaceEnd): void {
  const traced = readPacket(packet);
  if (traced !== null)
    emulator.send(way, systemClock.monotonicUs(), traced, () => to.socket.send(packet, ignoreLoss));
}

/** As any network, it does not say what it could not deliver. */
const ignoreLoss = (): void => undefined;

/** Datagrams that found a socket of this namespace full: proc_pid_net(5)'s snmp. Nobody but the emulator is in it. */
function overruns(): number {
  const [names = [], values = []] = readFileSync('/proc/self/net/snmp', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('Udp:'))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('RcvbufErrors')]);
}

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
  impair: (emulation: Emulation): void => emulator.impair(emulation),
  startTrace: (): void => {
    overrunBefore = overruns();
    emulator.startTrace();
  },
  takeTrace: (): LinkTrace => emulator.takeTrace(overruns() - overrunBefore),
};
export type RouterMethods = typeof methods;

serve(methods, async () => {
  await Promise.all([emulator.close(), ends?.device.close(), ends?.hub.close()]);
});
