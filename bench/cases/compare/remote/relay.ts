/**
 * Carries connections of this machine to a hub elsewhere, and notes what crosses: socket counters would not do, for under TLS they
 * count what was said, not what went over the wire. It costs each message a few hundredths of a millisecond.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { systemClock } from '@weir/runtime';
import type { WayName } from '../../../network/impairments.js';
import { EstimatedConnection } from '../../../network/proxy/estimated-connection.js';
import { TraceRecorder } from '../../../network/trace-recorder.js';
import type { Trace } from '../../../network/trace.js';
import type { Place } from './detour-environment.js';

export class Relay {
  readonly #hub: Place;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #recorder = new TraceRecorder('estimated');

  private constructor(hub: Place) {
    this.#hub = hub;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => this.#carry(client));
  }

  static async open(hub: Place): Promise<Relay> {
    const relay = new Relay(hub);
    await new Promise<void>((resolve, reject) => {
      relay.#server.once('error', reject);
      relay.#server.listen(0, '127.0.0.1', resolve);
    });
    return relay;
  }

  /** Where it takes connections. */
  get place(): Place {
    const { port } = this.#server.address() as AddressInfo;
    return { host: '127.0.0.1', port };
  }

  /** From here on connections are noted, for `takeTrace`. */
  startTrace(): void {
    this.#recorder = new TraceRecorder('estimated');
  }

  /** Throws `bench.trace_full`. */
  takeTrace(): Trace {
    return this.#recorder.trace();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #carry(client: Socket): void {
    const hub = connect({ ...this.#hub, noDelay: true, allowHalfOpen: true });
    const recorder = this.#recorder;
    const estimated = new EstimatedConnection(systemClock.monotonicUs(), (way, atUs, packet) =>
      recorder.add(atUs, way, packet),
    );
    this.#pass(client, hub, estimated, 'up');
    this.#pass(hub, client, estimated, 'down');
  }

  #pass(from: Socket, to: Socket, estimated: EstimatedConnection, way: WayName): void {
    this.#sockets.add(from);
    from.on('data', (bytes: Buffer) => {
      estimated.sent(way, bytes.length, systemClock.monotonicUs());
      if (to.write(bytes)) return;
      from.pause();
      to.once('drain', () => from.resume());
    });
    from.once('end', () => {
      estimated.finished(way, systemClock.monotonicUs());
      to.end();
    });
    from.on('error', () => to.destroy());
    from.once('close', () => {
      this.#sockets.delete(from);
      if (!from.readableEnded) to.destroy();
    });
  }
}
