/** A network between a device and the fake hub: delays, cuts, half-open connections and refusals, on virtual time. */
import type { Timers } from '@weir/runtime';
import type { Connection, ConnectionEvents, Transport } from '../link/ports.js';
import type { FakeHub, HubSession } from './fake-hub.testing.js';

export class Wire implements Transport {
  latencyMs = 5;
  /** Whether anyone listens. */
  up = true;
  /** The answer in place of an upgrade. */
  refusal: { status: number; retryAfterMs: number | null } | null = null;
  /** Bytes that a connection takes before it is congested. */
  congestedBytes = Infinity;
  attempts = 0;
  /** Virtual times of the attempts, ms. */
  readonly attemptsAtMs: number[] = [];
  current: WireConnection | null = null;
  readonly #hub: FakeHub;
  readonly #timers: Timers;
  readonly #nowMs: () => number;

  constructor(hub: FakeHub, timers: Timers, nowMs: () => number) {
    this.#hub = hub;
    this.#timers = timers;
    this.#nowMs = nowMs;
  }

  connect(events: ConnectionEvents): Connection {
    this.attempts++;
    this.attemptsAtMs.push(this.#nowMs());
    const connection = new WireConnection(this, this.#hub, this.#timers, events);
    this.current = connection;
    return connection;
  }
}

export class WireConnection implements Connection {
  readonly #wire: Wire;
  readonly #hub: FakeHub;
  readonly #timers: Timers;
  readonly #events: ConnectionEvents;
  #session: HubSession | null = null;
  #state: 'opening' | 'open' | 'over' = 'opening';
  #frozen = false;
  #waitingBytes = 0;
  /** Code and reason with which the device closed it. */
  closedByDevice: { code: number; reason: string } | null = null;
  terminated = false;

  constructor(wire: Wire, hub: FakeHub, timers: Timers, events: ConnectionEvents) {
    this.#wire = wire;
    this.#hub = hub;
    this.#timers = timers;
    this.#events = events;
    timers.after(wire.latencyMs, () => this.#open());
  }

  get congested(): boolean {
    return this.#waitingBytes > this.#wire.congestedBytes;
  }

  send(bytes: Uint8Array): void {
    if (this.#state !== 'open') return;
    const copy = bytes.slice();
    this.#waitingBytes += copy.length;
    this.#later(() => {
      const limit = this.#wire.congestedBytes;
      const before = this.#waitingBytes;
      this.#waitingBytes -= copy.length;
      this.#session?.receive(copy);
      if (before > limit && before - copy.length <= limit) this.#events.writable();
    });
  }

  close(code: number, reason: string): void {
    this.closedByDevice = { code, reason };
    this.#state = 'over';
  }

  terminate(): void {
    this.terminated = true;
    this.#state = 'over';
  }

  /** The connection breaks; both ends notice. */
  cut(code = 1006, reason = 'cut'): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#events.closed(code, reason);
  }

  /** Nothing passes any more and nobody notices. */
  freeze(): void {
    this.#frozen = true;
  }

  /** Something that is no frame, or a frame out of turn, reaches the device. */
  deliver(message: Uint8Array | string): void {
    if (this.#state === 'open') this.#events.received(message);
  }

  #open(): void {
    if (this.#state === 'over') return;
    const { up, refusal } = this.#wire;
    if (!up) {
      this.#state = 'over';
      this.#events.unreachable('nobody listens');
    } else if (refusal !== null) {
      this.#state = 'over';
      this.#events.refused(refusal.status, refusal.retryAfterMs, `HTTP ${refusal.status}`, false);
    } else {
      this.#state = 'open';
      this.#session = this.#hub.open({ send: (bytes) => this.#later(() => this.#events.received(bytes)) });
      this.#events.opened();
    }
  }

  #later(run: () => void): void {
    this.#timers.after(this.#wire.latencyMs, () => {
      if (this.#state === 'open' && !this.#frozen) run();
    });
  }
}
