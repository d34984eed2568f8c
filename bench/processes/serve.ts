import { messageOf } from '@weir/runtime';
import type { Answer, Call, Methods } from './child.js';

/**
 * Answers the parent's calls with `methods`, until it hangs up: then `end` lets go of what is open and the process ends.
 * A signal goes to the whole group of processes: what follows
 * from it the parent says.
 */
export function serve(methods: Methods, end: () => Promise<void> = () => Promise.resolve()): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  process.on('message', (message) => {
    // What cannot be told to the parent has nobody to tell it to.
    answer(methods, message as Call).catch(() => process.exit(1));
  });
  process.once('disconnect', () => {
    const exit = (): never => process.exit();
    end().then(exit, exit);
  });
}

async function answer(methods: Methods, { id, name, argument }: Call): Promise<void> {
  const reply = (message: Answer): void => void process.send?.(message);
  try {
    reply({ id, result: await methods[name]?.(argument as never) });
  } catch (error) {
    reply({ id, error: messageOf(error) });
  }
}
