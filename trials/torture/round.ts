/** One round: load, faults at their times, everything undone, load again. */
import type { Deployment } from './deployment.js';
import type { Fault, FaultKind } from './plan.js';
import type { SmallDisk } from './small-disk.js';
import { pause } from './wait.js';

export interface Scene {
  readonly deployment: Deployment;
  readonly disk: SmallDisk | null;
}

/** Inflicts the faults of a round and undoes each; resolves when all are undone. */
export async function inflict(scene: Scene, faults: readonly Fault[]): Promise<void> {
  const beganMs = performance.now();
  await Promise.all(
    faults.map(async (fault) => {
      await pause(fault.atMs - (performance.now() - beganMs));
      await INFLICT[fault.kind](scene, fault);
    }),
  );
  mend(scene);
}

/** Whatever was done, is undone: two faults can meet in one target. */
export function mend({ deployment, disk }: Scene): void {
  disk?.free();
  for (const link of deployment.links) link.resume();
  for (const child of deployment.children) {
    child.thaw();
    child.start();
  }
}

/** A fault in words. */
export function told({ deployment }: Scene, { kind, target, atMs, forMs }: Fault): string {
  const process = deployment.children[target]?.name ?? '';
  const link = deployment.links[target]?.name ?? '';
  const what = { kill: process, freeze: process, cut: link, silence: link, disk: 'the hub' }[kind];
  return `${kind} ${what} at ${atMs} ms${forMs === 0 ? '' : ` for ${forMs} ms`}`;
}

const INFLICT: Readonly<Record<FaultKind, (scene: Scene, fault: Fault) => Promise<void>>> = {
  async kill({ deployment }, { target, forMs }) {
    const child = deployment.children[target];
    await child?.kill();
    await pause(forMs);
    child?.start();
  },
  async freeze({ deployment }, { target, forMs }) {
    deployment.children[target]?.freeze();
    await pause(forMs);
    deployment.children[target]?.thaw();
  },
  cut({ deployment }, { target }) {
    deployment.links[target]?.cut();
    return Promise.resolve();
  },
  async silence({ deployment }, { target, forMs }) {
    deployment.links[target]?.silence();
    await pause(forMs);
    deployment.links[target]?.resume();
  },
  async disk({ disk }, { forMs }) {
    disk?.fill();
    await pause(forMs);
    disk?.free();
  },
};
