import type { Entropy } from '@weir/runtime';
import type { Route } from './network.js';
import type { World } from './world.js';

/** One way of a connection: what goes in comes out in order, later, or not at all. */
export class Stream {
  /** Called when less than was asked for waits again. */
  onRoom: () => void = () => undefined;
  readonly #world: World;
  readonly #chance: Entropy;
  readonly #route: Route;
  #lastUs = 0;
  #busyUntilUs = 0;
  #stalledUntilUs = 0;
  #waitingBytes = 0;
  #cut = false;

  constructor(world: World, chance: Entropy, route: Route) {
    this.#world = world;
    this.#chance = chance;
    this.#route = route;
  }

  /** Sent and not arrived. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** `roomBytes`: tell `onRoom` when what waits falls to this. */
  send(bytes: number, arrive: () => void, roomBytes = Infinity): void {
    const { latencyUs, jitterUs, bytesPerS } = this.#route;
    const { nowUs } = this.#world;
    this.#waitingBytes += bytes;
    this.#busyUntilUs = Math.max(nowUs, this.#busyUntilUs) + (bytes / bytesPerS) * 1e6;
    const atUs = Math.max(
      this.#lastUs,
      this.#stalledUntilUs,
      this.#busyUntilUs + latencyUs + this.#chance.integer(0, jitterUs + 1),
    );
    this.#lastUs = atUs;
    this.#world.after(atUs - nowUs, () => {
      const before = this.#waitingBytes;
      if (this.#cut) return;
      this.#waitingBytes -= bytes;
      arrive();
      if (before > roomBytes && this.#waitingBytes <= roomBytes) this.onRoom();
    });
  }

  stall(us: number): void {
    this.#stalledUntilUs = Math.max(this.#stalledUntilUs, this.#world.nowUs + us);
  }

  /** What is on the way is lost, and so is all that follows. */
  cut(): void {
    this.#cut = true;
  }
}
