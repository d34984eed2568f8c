/**
 * A device in a process of its own, for tests that kill it: `node child-agent.testing.js DIR HUB COUNT`. It takes COUNT
 * readings, each the next number from the one given as START, says `safe` when all are on disk, and goes on taking more
 * until it is killed; with COUNT 0 it takes none, says `drained` when all is confirmed, and ends.
 */
import { systemClock } from '@weir/runtime';
import { createDevice, type Device } from '../device.js';

async function main(dir: string, hub: string, count: number, start: number): Promise<void> {
  const device = await createDevice({
    device: 'child',
    hub,
    token: 'secret',
    spool: { dir, commitDelayMs: 0 },
    batch: { maxDelayMs: 1, maxReadings: 1 },
  });
  if (count === 0) {
    await device.drained();
    process.send?.('drained');
    await device.close();
    return;
  }
  let next = start;
  const take = (): void => device.output('child').reading('value', next++, systemClock.monotonicUs());
  for (let i = 0; i < count; i++) take();
  await onDisk(device);
  process.send?.('safe');
  setInterval(take, 1);
}

async function onDisk(device: Device): Promise<void> {
  while (device.stats().spool.memoryBytes > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

const [dir = '', hub = '', count = '0', start = '0'] = process.argv.slice(2);
await main(dir, hub, Number(count), Number(start));
if (count === '0') process.disconnect();
