import { describe, expect, it } from 'vitest';
import { Shared } from './shared.js';

function setUp() {
  const events: string[] = [];
  let made = 0;
  const shared = new Shared<number>((value) => {
    events.push(`close ${value}`);
    return Promise.resolve();
  });
  const acquire = () =>
    shared.acquire(() => {
      events.push(`open ${++made}`);
      return Promise.resolve(made);
    });
  return { events, shared, acquire };
}

describe('Shared', () => {
  it('is opened for the first and closed after the last', async () => {
    const { events, shared, acquire } = setUp();
    expect(await Promise.all([acquire(), acquire()])).toEqual([1, 1]);
    await shared.release();
    expect(events).toEqual(['open 1']);
    await shared.release();
    expect(events).toEqual(['open 1', 'close 1']);
  });

  it('is never opened anew before it is closed', async () => {
    const { events, shared, acquire } = setUp();
    await acquire();
    const [, value] = await Promise.all([shared.release(), acquire()]);
    expect(value).toBe(2);
    expect(events).toEqual(['open 1', 'close 1', 'open 2']);
  });

  it('tries again after a failure to open', async () => {
    const { shared, acquire } = setUp();
    await expect(shared.acquire(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await acquire()).toBe(1);
  });
});
