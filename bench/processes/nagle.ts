/** TCP as it is without TCP_NODELAY: small segments wait while others are not acknowledged (RFC 896). */
import { subscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';

/** Every TCP socket that this process opens or accepts from here on has Nagle's algorithm, whatever its code asks for. */
export function nagle(): void {
  // Kept to be called on sockets, which is what a method is for.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const setNoDelay = Socket.prototype.setNoDelay;
  Socket.prototype.setNoDelay = function (this: Socket): Socket {
    return this;
  };
  const off = (socket: Socket): void => void setNoDelay.call(socket, false);
  subscribe('net.server.socket', (message) => off((message as { socket: Socket }).socket));
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { socket: Socket };
    socket.once('connect', () => off(socket));
  });
}
