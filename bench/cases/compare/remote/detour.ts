/**
 * Preloaded (`--import`) into a process that is to be measured against a hub that is not ours: its connections to the hub go to
 * a relay on this machine, which counts what crosses. The process knows nothing of it: names in certificates, `Host` headers
 * and URLs are the hub's, as with a line in /etc/hosts.
 */
import { Socket, type SocketConnectOpts } from 'node:net';
import { detourIn, type Detour } from './detour-environment.js';

type Connect = (this: Socket, options: SocketConnectOpts, connected?: () => void) => Socket;

/** `Socket.connect` as its callers in Node call it: with options, or with a list that they are the first of. */
function detouring(connect: Connect, { hub, relay }: Detour) {
  return function (this: Socket, ...given: unknown[]): Socket {
    const [options, connected] = (Array.isArray(given[0]) ? given[0] : given) as Parameters<Connect>;
    const { host, port } = options as { host?: string; port?: number | string };
    const isHub = host === hub.host && Number(port) === hub.port;
    return connect.call(this, isHub ? { ...options, ...relay } : options, connected);
  };
}

const detour = detourIn(process.env);
// eslint-disable-next-line @typescript-eslint/unbound-method -- `detouring` calls it with the socket it was called on
if (detour !== null) Socket.prototype.connect = detouring(Socket.prototype.connect, detour);
