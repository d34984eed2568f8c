import { readdir } from 'node:fs/promises';
import { vectors } from '@weir/protocol';
import { seededEntropy, silentLogger, systemClock, systemEntropy, systemTimers } from '@weir/runtime';
import { temporaryFolder, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { simulatedSensors } from '../signals/sensors.js';
import { fleetNames, startFleet, type Fleet, type FleetOptions } from './fleet.js';
import { HubInMemory } from './hub-in-memory.testing.js';

async function fleet(hub: HubInMemory, options: Partial<FleetOptions> = {}): Promise<Fleet> {
  const running = await startFleet(
    {
      hub: 'ws://127.0.0.1:9',
      token: 'none',
      devices: 5,
      rateHz: 50,
      channels: 3,
      prefix: 'v',
      spool: 'memory',
      seed: 7,
      ...options,
    },
    {
      clock: systemClock,
      timers: systemTimers,
      entropy: systemEntropy,
      logger: silentLogger,
      transport: hub,
    },
  );
  onTestFinished(() => running.close());
  return running;
}

const DEVICE_ONLY = 10;
const fromHub = vectors().filter(({ bytes, error }) => error === null && (bytes[1] ?? 0) >= DEVICE_ONLY);

describe('startFleet', () => {
  it('brings the readings of every device to the hub, each once, and counts what it sent', async () => {
    const hub = new HubInMemory();
    const running = await fleet(hub);
    await waitFor(() => hub.devices.size === 5 && running.stats().acked > 200, {
      what: 'readings of five devices',
    });
    running.stopReading();
    await running.drained();
    const received = hub.readings.reduce(
      (sum, { frame }) => sum + frame.columns.reduce((n, { times }) => n + times.length, 0),
      0,
    );
    expect(running.stats()).toMatchObject({
      devices: 5,
      sent: received,
      acked: received,
      backlogFrames: 0,
      rejected: 0,
      expired: 0,
    });
    expect([...hub.devices].toSorted()).toEqual(fleetNames('v', 5));
  });

  it('reads the values of its seeded sensors, at the times they were due', async () => {
    const hub = new HubInMemory();
    const running = await fleet(hub, { devices: 1, channels: 1 });
    await waitFor(() => hub.readings.length > 5, { what: 'readings' });
    running.stopReading();
    await running.drained();
    const columns = hub.readings.flatMap(({ frame }) => frame.columns);
    const times = columns.flatMap((column) => Array.from(column.times));
    const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    for (const gap of gaps) expect(gap % 20_000 <= 1 || gap % 20_000 >= 19_999).toBe(true);
    const [sensor] = simulatedSensors(1, seededEntropy(7));
    const decimals = columns
      .flatMap((column) => Array.from(column.values as ArrayLike<number>))
      .map((value) => String(value));
    expect(sensor?.unit).toBe('Cel');
    for (const value of decimals) expect(value).toMatch(/^-?\d+(\.\d{1,2})?$/);
  });

  it('keeps one spool for each device where it is told to', async () => {
    const dir = await temporaryFolder();
    const running = await fleet(new HubInMemory(), { spool: { dir } });
    expect((await readdir(dir)).toSorted()).toEqual(fleetNames('v', 5));
    await running.close();
  });

  it('closes what it opened when one device cannot start', async () => {
    const dir = await temporaryFolder();
    await fleet(new HubInMemory(), { spool: { dir } });
    await expect(fleet(new HubInMemory(), { spool: { dir } })).rejects.toMatchObject({ code: 'log.locked' });
  });

  it.each(fromHub.map((vector) => [vector.name, vector] as const))(
    'lives on after the hub frame %s',
    async (_name, vector) => {
      const hub = new HubInMemory();
      hub.greeting = [vector.bytes];
      const running = await fleet(hub, { devices: 1 });
      const saysGoodbye = vector.bytes[1] === 16;
      if (saysGoodbye) {
        await waitFor(() => hub.devices.size === 1, { what: 'a hello' });
        return;
      }
      await waitFor(() => hub.readings.length > 0 || hub.connections > 1, {
        what: 'readings after it, or a new connection',
      });
      expect(running.stats().devices).toBe(1);
    },
  );
});
