/** TCP as it is without TCP_NODELAY: small segments wait while others are not acknowledged (RFC 896). */
import { subscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';

/** Every TCP socket that this process opens or accepts from here on has Nagle's algorithm, whatever its code asks for. */
export function nagle(): void {
  const prototype = Socket.prototype as unknown as {
    connect: (this: Socket, ...args: unknown[]) => Socket;
    setNoDelay: (this: Socket, noDelay?: boolean) => Socket;
  };
  const { connect, setNoDelay } = prototype;
  prototype.setNoDelay = function () {
    return this;
  };
  // Node sets it by itself on what it connects and accepts, by the handle alone.
  prototype.connect = function (...args) {
    this.once('connect', () => setNoDelay.call(this, false));
    return connect.apply(this, args);
  };
  subscribe('net.server.socket', (message) => setNoDelay.call((message as { socket: Socket }).socket, false));
}
