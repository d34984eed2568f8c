import type { World } from './world.js';

/**
 * The life of a process, or of a thread that can end alone. Once it has ended nothing of it happens: its timers do not
 * fire, and what it waits for never comes, neither as a value nor as an error.
 */
export class Life {
  readonly name: string;
  readonly #world: World;
  readonly #endings = new Set<() => void>();
  readonly #parent: Life | null;
  #alive = true;

  constructor(world: World, name: string, parent: Life | null) {
    this.#world = world;
    this.name = name;
    this.#parent = parent;
    if (parent !== null) parent.onEnd(() => this.end());
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** The process that this thread is of; itself for a process. */
  get process(): Life {
    return this.#parent?.process ?? this;
  }

  after(us: number, run: () => void): () => void {
    return this.#world.after(us, () => this.happen(run));
  }

  /** Something reaches it from outside; nothing if it has ended. */
  happen(run: () => void): void {
    if (!this.#alive) return;
    this.#world.acting = this;
    run();
  }

  sleep(us: number): Promise<void> {
    return new Promise((resolve) => this.after(us, resolve));
  }

  onEnd(run: () => void): void {
    this.#endings.add(run);
  }

  end(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const run of this.#endings) run();
  }
}
