/** One end of a probe, a child of the benchmark: sends numbered datagrams with the time in them, and notes when those of the other end come. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@weir/runtime';
import { serve } from '../../processes/serve.js';

export interface Volley {
  readonly host: string;
  readonly port: number;
  readonly count: number;
  readonly everyMs: number;
}

const socket = createSocket('udp4');
let transitsUs: number[] = [];
socket.on('message', (datagram) => {
  if (datagram.length === 8) transitsUs.push(systemClock.monotonicUs() - datagram.readDoubleBE());
});
// What cannot be delivered is lost, and counted as that.
socket.on('error', () => undefined);

const methods = {
  listen: async (address: string): Promise<number> => {
    socket.bind(0, address);
    await once(socket, 'listening');
    return socket.address().port;
  },
  send: async ({ host, port, count, everyMs }: Volley): Promise<void> => {
    const startMs = performance.now();
    for (let sent = 0; sent < count; sent++) {
      const aheadMs = startMs + sent * everyMs - performance.now();
      if (aheadMs > 0) await sleep(aheadMs);
      const datagram = Buffer.alloc(8);
      datagram.writeDoubleBE(systemClock.monotonicUs());
      socket.send(datagram, port, host);
    }
  },
  /** Of all that came since the last time, us, in the order in which they came. */
  take: (): number[] => {
    const taken = transitsUs;
    transitsUs = [];
    return taken;
  },
};
export type ProbeMethods = typeof methods;

serve(methods, () => new Promise<void>((resolve) => socket.close(resolve)));
