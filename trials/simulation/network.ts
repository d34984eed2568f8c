/**
 * The network between devices and hub: WebSocket messages on streams like TCP's.
 *
 *   device ──Stream──► hub       each way in order, late by latency, jitter, length over bandwidth, and stalls
 *          ◄──Stream──
 *
 * What can happen to a connection: it is cut (what is on the way is lost, a message half sent with it) and both ends
 * notice, or one, or none; it stalls and goes on later, when another connection may have taken its place; it cannot be
 * made. Nothing is ever altered, reordered or doubled within a connection: that is TCP's promise.
 */
import type { Connection, ConnectionEvents, Transport } from '@weir/device-agent';
import type { Entropy } from '@weir/runtime';
import type { HubHost } from './hub-host.js';
import { HubSocket } from './hub-socket.js';
import type { Life } from './life.js';
import { Stream } from './stream.js';
import type { Truth } from './truth.js';
import type { World } from './world.js';

/** What the way between one device and the hub is like just now. */
export interface Route {
  latencyUs: number;
  jitterUs: number;
  bytesPerS: number;
  /** 'silent': attempts to connect are never answered. */
  state: 'up' | 'unreachable' | 'silent';
  refusal: { readonly status: number; readonly retryAfterMs: number | null } | null;
}

/** Unsent bytes that an agent's socket calls congestion. */
const CONGESTED_BYTES = 262_144;
const ABNORMAL = 1006;

export class Network {
  readonly world: World;
  readonly truth: Truth;
  readonly chance: Entropy;
  readonly #routes = new Map<string, Route>();
  readonly #open = new Set<Link>();

  constructor(world: World, truth: Truth) {
    this.world = world;
    this.truth = truth;
    this.chance = world.chance('network');
  }

  route(device: string): Route {
    let route = this.#routes.get(device);
    if (route === undefined) {
      const latencyUs = this.chance.integer(200, 40_000);
      const jitterUs = this.chance.integer(1, 2 * latencyUs);
      route = { latencyUs, jitterUs, bytesPerS: Infinity, state: 'up', refusal: null };
      this.#routes.set(device, route);
    }
    return route;
  }

  /** How a device's agent gets to the hub. */
  transport(device: string, life: Life, hub: HubHost): Transport {
    return {
      connect: (events) => {
        const link = new Link(this, device, { life, events, hub, route: this.route(device) });
        this.#open.add(link);
        life.onEnd(() => link.deviceGone());
        return link;
      },
    };
  }

  /** Connections of a device, or of all. */
  links(device: string | null = null): Link[] {
    return [...this.#open].filter((link) => device === null || link.device === device);
  }

  forget(link: Link): void {
    this.#open.delete(link);
  }
}

interface LinkParts {
  readonly life: Life;
  readonly events: ConnectionEvents;
  readonly hub: HubHost;
  readonly route: Route;
}

/** One connection, as the device's agent holds it, and what lies between that and the hub's socket. */
export class Link implements Connection {
  readonly device: string;
  readonly #network: Network;
  readonly #parts: LinkParts;
  readonly #up: Stream;
  readonly #down: Stream;
  #socket: HubSocket | null = null;
  #state: 'connecting' | 'open' | 'over' = 'connecting';
  #messagesLeft = Infinity;
  /** Epochs of its hello: what short references in its frames mean. */
  epochs: readonly number[] = [];

  constructor(network: Network, device: string, parts: LinkParts) {
    this.#network = network;
    this.#parts = parts;
    this.device = device;
    const { world, chance } = network;
    this.#up = new Stream(world, chance, parts.route);
    this.#down = new Stream(world, chance, parts.route);
    this.#up.onRoom = () => this.#toDevice(() => parts.events.writable());
    this.#attempt();
  }

  get congested(): boolean {
    return this.#up.waitingBytes > CONGESTED_BYTES;
  }

  send(bytes: Uint8Array): void {
    if (this.#state !== 'open') return;
    const message = bytes.slice();
    this.#network.truth.sent(this, message);
    this.#count();
    this.#up.send(message.length, () => this.#socket?.arrived(message), CONGESTED_BYTES);
  }

  close(code: number, reason: string): void {
    this.#endDevice();
    this.#up.send(8, () => this.#socket?.ended(code, reason));
  }

  terminate(): void {
    this.#endDevice();
    this.#up.send(0, () => this.#socket?.ended(ABNORMAL, ''));
  }

  /** The agent's process ended: its machine closes the connection, unless that is gone as well. */
  deviceGone(): void {
    if (this.#state === 'over') return;
    const tells = this.#network.chance.unit() < 0.6;
    this.#endDevice();
    if (tells) this.#up.send(0, () => this.#socket?.ended(ABNORMAL, ''));
    else this.#up.cut();
  }

  /** The hub's process ended. */
  hubGone(): void {
    if (this.#network.chance.unit() < 0.6) this.#tellDevice(ABNORMAL, 'reset');
    else this.#down.cut();
    this.#up.cut();
    this.#socket = null;
  }

  /** Breaks it when so many messages more have set off, in either direction. */
  cutAfter(messages: number): void {
    this.#messagesLeft = messages;
  }

  /** Breaks it; who notices, and when, is chance. */
  cut(): void {
    const { chance, world } = this.#network;
    const [deviceNotices, hubNotices] = [chance.unit() < 0.7, chance.unit() < 0.7];
    this.#up.cut();
    this.#down.cut();
    if (deviceNotices) world.after(chance.integer(0, 2_000_000), () => this.#tellDeviceNow(ABNORMAL, 'cut'));
    if (hubNotices) world.after(chance.integer(0, 2_000_000), () => this.#socket?.ended(ABNORMAL, 'cut'));
  }

  /** Half open: one way, or both, carries nothing more, and nobody is told. */
  freeze(way: 'up' | 'down' | 'both'): void {
    if (way !== 'down') this.#up.cut();
    if (way !== 'up') this.#down.cut();
  }

  /** Holds everything up for a while; it arrives then, even if nobody waits for it any more. */
  stall(us: number): void {
    this.#up.stall(us);
    this.#down.stall(us);
  }

  /** From the hub's socket. */
  deliver(bytes: Uint8Array): void {
    this.#count();
    this.#down.send(bytes.length, () =>
      this.#toDevice(() => {
        this.#network.truth.received(this, bytes);
        this.#parts.events.received(bytes);
      }),
    );
  }

  /** A ping, which the device's socket answers by itself. */
  ping(): void {
    this.#down.send(2, () =>
      this.#toDevice(() => {
        this.#parts.events.heard();
        this.#up.send(2, () => this.#socket?.pong());
      }),
    );
  }

  /** The hub closes: what it said before goes first. */
  hubCloses(code: number, reason: string): void {
    this.#tellDevice(code, reason);
    this.#up.send(8, () => this.#socket?.ended(code, reason));
  }

  hubTerminates(): void {
    this.#tellDevice(ABNORMAL, '');
    this.#up.cut();
  }

  #count(): void {
    if (--this.#messagesLeft === 0)
      this.#network.world.after(this.#network.chance.integer(0, 5_000), () => this.cut());
  }

  #attempt(): void {
    const { chance, world } = this.#network;
    const { route, events, hub } = this.#parts;
    world.after(chance.integer(route.latencyUs, route.latencyUs + route.jitterUs + 1), () => {
      if (route.state === 'silent') return;
      if (this.#state === 'over') return;
      if (route.state === 'unreachable') return this.#failed(() => events.unreachable('no route'));
      const { refusal } = route;
      if (refusal !== null)
        return this.#failed(() =>
          events.refused(refusal.status, refusal.retryAfterMs, `HTTP ${refusal.status}`, false),
        );
      const socket = new HubSocket(world, this);
      if (!hub.accept(socket, this.device))
        return this.#failed(() => events.unreachable('connection refused'));
      this.#socket = socket;
      this.#down.send(0, () => this.#opened());
    });
  }

  #opened(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'open';
    this.#network.world.note(this.device, 'connected');
    this.#toDevice(() => this.#parts.events.opened());
  }

  #failed(tell: () => void): void {
    this.#down.send(0, () => {
      if (this.#state !== 'connecting') return;
      this.#endDevice();
      this.#parts.life.happen(tell);
    });
  }

  #tellDevice(code: number, reason: string): void {
    this.#down.send(8, () => this.#tellDeviceNow(code, reason));
  }

  #tellDeviceNow(code: number, reason: string): void {
    if (this.#state === 'over') return;
    this.#endDevice();
    this.#network.world.note(this.device, 'connection closed', [code], () => reason);
    this.#parts.life.happen(() => this.#parts.events.closed(code, reason));
  }

  #toDevice(tell: () => void): void {
    if (this.#state === 'open') this.#parts.life.happen(tell);
  }

  #endDevice(): void {
    this.#state = 'over';
    this.#network.forget(this);
  }
}
