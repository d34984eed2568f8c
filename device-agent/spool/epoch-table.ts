import type { ClockAnchor, HeldEpoch } from '@weir/protocol';
import { Epoch } from './epoch.js';

/** Epochs in one hello; the others are announced when these are done. */
const HELLO_EPOCHS_MAX = 512;

/** The epochs with something to send, in the order in which they ran, and what is known of each boot's clock. */
export class EpochTable {
  readonly #byId = new Map<number, Epoch>();
  readonly #anchors = new Map<string, ClockAnchor>();
  readonly #current: Epoch;

  /** `former` in the order in which they ran. */
  constructor(former: Iterable<Epoch>, current: Epoch, anchors: ReadonlyMap<string, ClockAnchor>) {
    for (const epoch of former) this.#byId.set(epoch.id, epoch);
    this.#byId.set(current.id, current);
    this.#current = current;
    for (const [boot, anchor] of anchors) this.#anchors.set(boot, anchor);
  }

  get current(): Epoch {
    return this.#current;
  }

  get(id: number): Epoch | undefined {
    return this.#byId.get(id);
  }

  all(): Iterable<Epoch> {
    return this.#byId.values();
  }

  /** Frames that are here and not settled. */
  get pending(): number {
    let pending = 0;
    for (const epoch of this.#byId.values()) pending += epoch.pending;
    return pending;
  }

  isPending(epoch: number, seq: number): boolean {
    return this.#byId.get(epoch)?.isPending(seq) ?? false;
  }

  anchorOf(epoch: Epoch): ClockAnchor | null {
    return epoch.boot === null ? null : (this.#anchors.get(epoch.boot) ?? null);
  }

  setAnchor(boot: string, anchor: ClockAnchor): void {
    this.#anchors.set(boot, anchor);
  }

  /** Forgets earlier epochs that have nothing left to send. */
  prune(): void {
    for (const epoch of this.#byId.values())
      if (epoch.pending === 0 && epoch !== this.#current) this.#byId.delete(epoch.id);
  }

  /** For hello: the current epoch, then the others, oldest first, by which the hub bounds what no clock places. */
  held(): HeldEpoch[] {
    const former = [...this.#byId.values()].filter((each) => each !== this.#current && each.pending > 0);
    const announced = [this.#current, ...former.slice(0, HELLO_EPOCHS_MAX - 1)];
    return announced.map((epoch) => ({
      epoch: epoch.id,
      held: epoch.held(),
      anchor: this.anchorOf(epoch),
      deviceUtcUs: epoch.deviceUtcUs,
    }));
  }
}
