import { EventEmitter } from 'node:events';
import type { DeviceConnection } from '@weir/hub/parts';
import type { Life } from './life.js';
import type { Link } from './network.js';
import type { World } from './world.js';

/** What the hub's connections are made of. */
export type Socket = ConstructorParameters<typeof DeviceConnection>[0];

const [OPEN, CLOSING, CLOSED] = [1, 2, 3];

/**
 * The hub's end of a connection, as `ws` gives it to its server: messages, pings and the end of it as events, in order
 * and not while paused.
 */
export class HubSocket extends EventEmitter {
  readonly OPEN = OPEN;
  readyState = OPEN;
  readonly #world: World;
  readonly #link: Link;
  #life: Life | null = null;
  #paused = false;
  #held: (() => void)[] = [];

  constructor(world: World, link: Link) {
    super();
    this.#world = world;
    this.#link = link;
  }

  /** As the hub's code knows it. */
  get asSocket(): Socket {
    return this as unknown as Socket;
  }

  /** The hub's process took it. */
  belongsTo(life: Life): void {
    this.#life = life;
    life.onEnd(() => {
      if (this.readyState !== CLOSED) this.#link.hubGone();
      this.readyState = CLOSED;
    });
  }

  /** The network has room for whatever a hub says. */
  readonly bufferedAmount = 0;

  send(bytes: Uint8Array): void {
    if (this.readyState === OPEN) this.#link.deliver(new Uint8Array(bytes));
  }

  ping(): void {
    if (this.readyState === OPEN) this.#link.ping();
  }

  close(code: number, reason: string): void {
    if (this.readyState !== OPEN) return;
    this.readyState = CLOSING;
    this.#link.hubCloses(code, reason);
  }

  terminate(): void {
    if (this.readyState === CLOSED) return;
    this.#link.hubTerminates();
    this.#world.after(0, () => this.#end(1006, ''));
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    const held = this.#held;
    this.#held = [];
    // What happens may pause it again: the rest is held then.
    held.forEach((happen) => this.#happen(happen));
  }

  /** A message of the device. */
  arrived(message: Uint8Array): void {
    this.#happen(() => {
      if (this.readyState !== CLOSED) this.emit('message', Buffer.from(message), true);
    });
  }

  pong(): void {
    this.#happen(() => this.emit('pong', Buffer.alloc(0)));
  }

  /** The device closed, or the connection is known to be lost. */
  ended(code: number, reason: string): void {
    this.#happen(() => this.#end(code, reason));
  }

  #end(code: number, reason: string): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.#life?.happen(() => this.emit('close', code, Buffer.from(reason)));
  }

  #happen(run: () => void): void {
    if (this.#life?.alive !== true) return;
    if (this.#paused) this.#held.push(run);
    else this.#life.happen(run);
  }
}
