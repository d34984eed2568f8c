import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface FreezingProxy {
  readonly port: number;
  /** From here on nothing passes on the connections that there are, in neither direction, and neither end is told. */
  freeze(): void;
}

/** A TCP proxy to a port of 127.0.0.1, whose connections can become half open. Ends with the test. */
export async function freezingProxy(target: number): Promise<FreezingProxy> {
  let thawed = new Set<Socket>();
  const all = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      all.add(from);
      thawed.add(from);
      from.on('data', (bytes) => {
        if (thawed.has(from)) to.write(bytes);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        if (thawed.has(from)) to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of all) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => {
      thawed = new Set();
    },
  };
}
