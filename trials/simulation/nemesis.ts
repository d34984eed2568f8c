/** Brings the planned troubles upon the world, and takes them away again. */
import type { Entropy } from '@weir/runtime';
import type { DeviceHost } from './device-host.js';
import type { HubHost } from './hub-host.js';
import type { LineStore } from './line-store.js';
import type { Disk } from './disk.js';
import type { Network } from './network.js';
import { logUniform, pick, type Plan, type Trouble } from './plan.js';
import type { World } from './world.js';

export interface NemesisParts {
  readonly world: World;
  readonly plan: Plan;
  readonly network: Network;
  readonly hub: HubHost;
  readonly lines: LineStore;
  readonly devices: readonly DeviceHost[];
}

type Cause = () => void;

export class Nemesis {
  readonly #parts: NemesisParts;
  readonly #chance: Entropy;
  readonly #causes: Readonly<Record<Trouble, Cause>>;
  #over = false;

  constructor(parts: NemesisParts) {
    this.#parts = parts;
    this.#chance = parts.world.chance('nemesis');
    this.#causes = this.#makeCauses();
    this.#next();
  }

  /** No more trouble. What was caused and lasts is taken away. */
  end(): void {
    this.#over = true;
    const { network, hub, lines, devices, world } = this.#parts;
    world.note('world', 'all troubles end');
    for (const { name, machine } of devices) {
      Object.assign(network.route(name), { bytesPerS: Infinity, state: 'up', refusal: null });
      machine.disk.heal();
    }
    for (const { machine } of [hub, ...devices]) machine.disk.onChange = null;
    hub.machine.disk.heal();
    for (const { health } of hub.stores) Object.assign(health, { failing: 0, slow: false });
    lines.refusing = 0;
    hub.start();
    for (const device of devices) device.start();
  }

  #next(): void {
    const { world, plan } = this.#parts;
    if (plan.troubles.length === 0) return;
    const us = -Math.log(1 - this.#chance.unit()) * plan.troubleEveryUs;
    world.after(us, () => {
      if (this.#over) return;
      this.#causes[pick(this.#chance, plan.troubles)]();
      this.#next();
    });
  }

  /** Something that ends by itself, or with all troubles. */
  #lasting(least: number, most: number, end: Cause): void {
    this.#parts.world.after(logUniform(this.#chance, least, most), () => {
      if (!this.#over) end();
    });
  }

  #device(): DeviceHost {
    return pick(this.#chance, this.#parts.devices);
  }

  #eachLink(run: (link: ReturnType<Network['links']>[number]) => void): void {
    const { network } = this.#parts;
    const device = this.#chance.unit() < 0.7 ? this.#device().name : null;
    for (const link of network.links(device)) run(link);
  }

  #makeCauses(): Record<Trouble, Cause> {
    const chance = this.#chance;
    const { world, network, hub, lines } = this.#parts;
    const startsAgain = (host: DeviceHost | HubHost): void =>
      void world.after(logUniform(chance, 50_000, 20e6), () => host.start());
    const ends = (host: DeviceHost | HubHost, how: 'kill' | 'powerCut'): void => {
      if (!host.running) return;
      const end = (us: number): void =>
        void world.after(us, () => {
          if (this.#over || !host.running) return;
          host[how]();
          startsAgain(host);
        });
      // Now, or in the midst of the next change to its disk: where most is at stake.
      if (chance.unit() < 0.4) end(chance.integer(0, 20_000));
      else host.machine.disk.onChange = (us) => end(chance.integer(0, us + 1));
    };
    const onRoute = (what: string, change: (route: ReturnType<Network['route']>) => Cause): void => {
      const { name } = this.#device();
      world.note(name, what);
      const undo = change(network.route(name));
      this.#lasting(100_000, 60e6, undo);
    };
    const onDisk = (disk: Disk, trouble: Cause): void => {
      trouble();
      this.#lasting(100_000, 30e6, () => disk.heal());
    };
    const failing = (disk: Disk): Cause => {
      const kinds = pick(chance, [
        ['sync'],
        ['write'],
        ['write', 'sync'],
        ['open'],
        ['rename', 'remove', 'syncDir', 'truncate'],
      ] as const);
      return () => disk.fail(kinds, pick(chance, [0.05, 0.3, 1]));
    };
    const onStore = (change: (health: HubHost['stores'][number]['health']) => Cause): void => {
      const store = pick(chance, hub.stores);
      world.note(store.name, 'store in trouble');
      this.#lasting(100_000, 60e6, change(store.health));
    };
    return {
      'agent killed': () => ends(this.#device(), 'kill'),
      'agent power cut': () => ends(this.#device(), 'powerCut'),
      'agent restarted': () => {
        const device = this.#device();
        device.stop();
        startsAgain(device);
      },
      'hub killed': () => ends(hub, 'kill'),
      'hub power cut': () => ends(hub, 'powerCut'),
      'hub restarted': () => {
        hub.stop();
        startsAgain(hub);
      },
      'connection cut': () =>
        this.#eachLink((link) => (chance.unit() < 0.5 ? link.cut() : link.cutAfter(chance.integer(1, 6)))),
      'connection half open': () =>
        this.#eachLink((link) => link.freeze(pick(chance, ['up', 'down', 'both']))),
      'connection stalled': () => this.#eachLink((link) => link.stall(logUniform(chance, 100_000, 60e6))),
      'no route': () =>
        onRoute('no route', (route) => {
          route.state = pick(chance, ['unreachable', 'silent']);
          return () => (route.state = 'up');
        }),
      'refused before the upgrade': () =>
        onRoute('refused', (route) => {
          const status = pick(chance, [503, 429, 502, 401]);
          route.refusal = { status, retryAfterMs: chance.unit() < 0.5 ? chance.integer(0, 20_000) : null };
          return () => (route.refusal = null);
        }),
      'narrow route': () =>
        onRoute('narrow route', (route) => {
          route.bytesPerS = logUniform(chance, 500, 100_000);
          return () => (route.bytesPerS = Infinity);
        }),
      'device disk full': () => {
        const { disk } = this.#device().machine;
        onDisk(disk, () => disk.fill(chance.integer(0, 4_000)));
      },
      'device disk failing': () => {
        const { disk } = this.#device().machine;
        onDisk(disk, failing(disk));
      },
      'device disk slow': () => {
        const { disk } = this.#device().machine;
        onDisk(disk, () => disk.slowDown());
      },
      'hub disk full': () => {
        const { disk } = hub.machine;
        onDisk(disk, () => disk.fill(chance.integer(0, 4_000)));
      },
      'hub disk failing': () => onDisk(hub.machine.disk, failing(hub.machine.disk)),
      'hub disk slow': () => onDisk(hub.machine.disk, () => hub.machine.disk.slowDown()),
      'store failing': () =>
        onStore((health) => {
          health.failing = pick(chance, [0.2, 0.6, 1]);
          return () => (health.failing = 0);
        }),
      'store slow': () =>
        onStore((health) => {
          health.slow = true;
          return () => (health.slow = false);
        }),
      'sink thread dies': () => hub.sinks[chance.integer(0, Math.max(1, hub.sinks.length))]?.crash(),
      'lines refused': () => {
        lines.refusing = pick(chance, [0.01, 0.2, 1]);
        this.#lasting(1e6, 60e6, () => (lines.refusing = 0));
      },
      'device clock jumps': () => {
        const { machine } = this.#device();
        machine.setUtcError(pick(chance, [0, chance.integer(-1e9, 1e9), chance.integer(-4e12, 4e12)]));
      },
      'hub clock steps': () => {
        const us = pick(chance, [200_000, 2e6, 60e6]);
        hub.machine.setUtcError(hub.machine.utcErrorUs + chance.integer(-us, us));
      },
      'channel changes its type': () => {
        const device = this.#device();
        device.stop();
        startsAgain(device);
      },
    };
  }
}
