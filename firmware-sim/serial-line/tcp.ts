import { createServer, type Socket } from 'node:net';
import { WeirError } from '@weir/runtime';
import { LINE_BUFFER_BYTES, type SerialLine } from './serial-line.js';

/** A TCP serial port such as ser2net gives: every connected reader hears the same bytes. Port 0 chooses a free one. */
export async function openTcpLine(port = 0, host = '127.0.0.1'): Promise<SerialLine> {
  const readers = new Set<Socket>();
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => readers.delete(socket));
    socket.resume();
    readers.add(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new WeirError('sim.no_line', 'the server has no TCP address');
  return {
    address: { kind: 'tcp', host, port: address.port },
    write(bytes) {
      const free = [...readers].filter((socket) => socket.writableLength <= LINE_BUFFER_BYTES);
      for (const socket of free) socket.write(bytes);
      return free.length > 0;
    },
    close() {
      for (const socket of readers) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
