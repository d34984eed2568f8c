import { systemTimers } from '@weir/runtime';
import { describe, expect, it } from 'vitest';
import { ManualTime } from '../manual-time.testing.js';
import { HeldChild, type HeldChildOptions } from './held-child.js';

const NODE = process.execPath;
const messageOf = async (promise: Promise<void>): Promise<string> =>
  promise.then(
    () => 'it is ready',
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
  );

function options(more: Partial<HeldChildOptions>): HeldChildOptions {
  const none = (): void => undefined;
  return { command: NODE, args: [], banner: null, line: none, ended: none, ...more };
}

describe('a held child', () => {
  it('that cannot be started is told, and stops all the same', async () => {
    const child = new HeldChild(options({ command: '/nowhere/gpioset' }), systemTimers);
    expect(await messageOf(child.ready)).toContain('ENOENT');
    await child.stop();
  });

  it('that does not say that it is ready in time is given up', async () => {
    const time = new ManualTime();
    const child = new HeldChild(
      options({ args: ['-e', 'setInterval(() => {}, 1e6)'], banner: 'Setting' }),
      time,
    );
    time.advance(5000);
    expect(await messageOf(child.ready)).toContain('was not ready within 5000 ms');
    await child.stop();
    expect(time.waiting).toBe(0);
  });

  it('that ignores the request to end is ended', async () => {
    const script = "process.on('SIGTERM', () => {}); console.log('Setting line'); setInterval(() => {}, 1e6)";
    const time = new ManualTime();
    const child = new HeldChild(options({ args: ['-e', script], banner: 'Setting' }), time);
    await child.ready;
    const stopped = child.stop();
    time.advance(2000);
    await stopped;
    expect(time.waiting).toBe(0);
  });

  it('hands on lines, bounded, and says how it ended', async () => {
    const script =
      "console.log('Setting line'); console.log('x'.repeat(1000)); console.log('1 2'); console.error('why')";
    const lines: string[] = [];
    const reason = await new Promise<string>((resolve, reject) => {
      const line = (text: string): void => void lines.push(text);
      const child = new HeldChild(
        options({ args: ['-e', script], banner: 'Setting', line, ended: resolve }),
        systemTimers,
      );
      child.ready.catch(reject);
    });
    expect(reason).toBe('why');
    expect(lines).toEqual(['1 2']);
  });
});
