/**
 * Keeps real time and real chance out of a run: whoever asks for them is told of as a violation and gets an error.
 * `setImmediate` becomes an event of the world. For a thread that does nothing else meanwhile.
 */
import type { World } from './world.js';

type Restore = () => void;

/** Runs `work` confined to the world. */
export async function confined<T>(world: World, work: () => Promise<T>): Promise<T> {
  const restores: Restore[] = [];
  const forbidden = (what: string) => (): never => {
    world.violate('nothing asks the machine for time or chance', `${what}: ${new Error().stack}`);
    throw new Error(`${what} is out of reach in a simulation`);
  };
  const replace = (owner: object, key: string, value: unknown): void => {
    const own = Object.getOwnPropertyDescriptor(owner, key);
    Object.defineProperty(owner, key, { value, configurable: true, writable: true });
    restores.push(() => {
      if (own === undefined) Reflect.deleteProperty(owner, key);
      else Object.defineProperty(owner, key, own);
    });
  };
  replace(Date, 'now', forbidden('Date.now'));
  replace(Math, 'random', forbidden('Math.random'));
  replace(performance, 'now', forbidden('performance.now'));
  replace(
    process,
    'hrtime',
    Object.assign(forbidden('process.hrtime'), { bigint: forbidden('process.hrtime') }),
  );
  replace(globalThis, 'setTimeout', forbidden('setTimeout'));
  replace(globalThis, 'setInterval', forbidden('setInterval'));
  replace(globalThis, 'setImmediate', (run: () => void) => (world.acting ?? world).after(0, run));
  const rejected = (error: unknown): void =>
    world.violate('no rejection goes unheard', error instanceof Error ? `${error.stack}` : String(error));
  process.on('unhandledRejection', rejected);
  try {
    return await work();
  } finally {
    process.off('unhandledRejection', rejected);
    for (const restore of restores.reverse()) restore();
  }
}
