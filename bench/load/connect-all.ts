import { WeirError } from '@weir/runtime';
import { WireSocket, type Server } from './wire-socket.js';

/** Upgrades under way at a time: a crowd would be told to come back later. */
const CONNECTING_MAX = 32;
const PAUSE_MS = 250;
const HTTP_LATER = [429, 503];

/** `count` connections, in no order; one that is told to come back comes back. Rejects with `bench.refused`. */
export async function connectAll(server: Server, count: number): Promise<WireSocket[]> {
  const sockets: WireSocket[] = [];
  let started = 0;
  const work = async (): Promise<void> => {
    while (started < count) {
      started++;
      sockets.push(await connectOne(server));
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONNECTING_MAX, count) }, work));
  return sockets;
}

async function connectOne(server: Server): Promise<WireSocket> {
  for (;;) {
    try {
      return await WireSocket.open(server);
    } catch (error) {
      const { status } = error instanceof WeirError ? error.details : {};
      if (!HTTP_LATER.includes(status as number)) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
