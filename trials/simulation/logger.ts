import type { Logger } from '@weir/runtime';
import type { World } from './world.js';

/** The log of a part, as a part of the story. */
export function storyLogger(world: World, who: string): Logger {
  const at =
    (level: string) =>
    (first: object | string, message?: string): void => {
      const [text, details] = typeof first === 'string' ? [first, null] : [message ?? '', first];
      world.note(who, `${level}: ${text}`, [], () => (details === null ? '' : plain(details)));
    };
  const nothing = (): void => undefined;
  const logger = {
    level: 'info',
    trace: nothing,
    debug: nothing,
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    silent: nothing,
    child: () => logger,
  };
  return logger as unknown as Logger;
}

function plain(details: object): string {
  return JSON.stringify(details, (_, value: unknown) =>
    value instanceof Error ? value.message : value,
  ).slice(0, 500);
}
