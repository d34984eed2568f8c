/** Whatever is sent, the tables after a restart are those before it: from the log alone, or from a checkpoint and the rest. */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeFrame, inspectFrame, ProtocolError, type Hello, type SequencedFrame } from '@weir/protocol';
import { Log } from '@weir/log';
import { silentLogger, systemClock } from '@weir/runtime';
import { makeFolder, temporaryFolder } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ingest } from '../ingest/ingest.js';
import type { Intake } from '../ingest/intake.js';
import { Settlement } from '../ingest/settlement.js';
import { capture, type Slice } from './capture.js';
import { CheckpointFiles } from './checkpoint.js';
import { DeviceEntry } from './device.js';
import { rebuildRegistry } from './rebuild.js';
import { Registry } from './registry.js';
import { deviceTuple, type DeviceTuple } from './snapshot.js';

const LIMITS = { devices: 5, series: 12, epochs: 1_000 };
const NOW_US = 1_790_000_000e6;

type Step =
  | {
      readonly kind: 'frame';
      readonly device: number;
      readonly epoch: number;
      readonly frame: SequencedFrame;
    }
  | { readonly kind: 'garbage'; readonly device: number; readonly seq: number };

const sequence = fc.integer({ min: 1, max: 12 });
const place = { device: fc.integer({ min: 0, max: 5 }), epoch: fc.integer({ min: 0, max: 2 }) };
const channel = fc.record({
  index: fc.integer({ min: 0, max: 4 }),
  name: fc.constantFrom('a', 'b/c', 'd', 'e'),
  type: fc.constantFrom('number' as const, 'boolean' as const, 'text' as const),
  unit: fc.constantFrom('Cel', ''),
  intervalMs: fc.constantFrom(null, 1000),
});
const value = { number: 21.5, boolean: true, text: 'warm' };
const frame: fc.Arbitrary<SequencedFrame> = fc.oneof(
  fc.record({
    type: fc.constant('describe' as const),
    epoch: fc.constant(0),
    seq: sequence,
    channels: fc.uniqueArray(channel, { minLength: 1, maxLength: 3, selector: ({ index }) => index }),
  }),
  fc
    .record({
      seq: sequence,
      channel: fc.integer({ min: 0, max: 4 }),
      type: fc.constantFrom('number', 'boolean', 'text'),
      timeUs: fc.integer({ min: 0, max: 1e9 }),
    })
    .map(({ seq, channel: index, type, timeUs }) => {
      const values = [value[type]] as number[] | boolean[] | string[];
      return {
        type: 'readings',
        epoch: 0,
        seq,
        columns: [{ channel: index, times: [timeUs], values }],
      } as const;
    }),
  fc.record({ seq: sequence, last: fc.integer({ min: 1, max: 9 }) }).map(({ seq, last }) => {
    return { type: 'gap', epoch: 0, seq, lostEpoch: 1, lost: [1, last], reason: 1 } as const;
  }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 9, arbitrary: fc.record({ kind: fc.constant('frame' as const), ...place, frame }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('garbage' as const), device: place.device, seq: sequence }),
  },
);

/** A hub's tables over a real log, without the rest of the hub. */
class Tables {
  readonly log: Log;
  readonly registry: Registry;
  readonly #ingest: Ingest;
  readonly #intakes = new Map<string, Intake>();

  constructor(log: Log, registry: Registry) {
    this.log = log;
    this.registry = registry;
    const settlement = new Settlement(log, systemClock, () => undefined);
    this.#ingest = new Ingest({ log, registry, settlement, channelsMax: 4 });
  }

  take(taken: Step): void {
    if (taken.device >= LIMITS.devices) return;
    const intake = this.#intake(`device-${taken.device}`);
    if (taken.kind === 'garbage') {
      const error = new ProtocolError(7, 'broken', { epoch: 0, seq: taken.seq });
      intake.refuse(error, NOW_US);
      return;
    }
    const bytes = encodeFrame({ ...taken.frame, epoch: taken.epoch });
    const inspected = inspectFrame(bytes);
    if (inspected.type === 'readings' || inspected.type === 'describe' || inspected.type === 'gap') {
      intake.accept(inspected, bytes, NOW_US);
    }
  }

  #intake(device: string): Intake {
    const known = this.#intakes.get(device);
    if (known !== undefined) return known;
    const epochs = [0, 1, 2].map((index) => {
      const anchor =
        index === 1 ? null : { monotonicUs: 0, utcUs: NOW_US - 2e9 - index * 1e9, uncertaintyUs: 9 };
      return { epoch: 2 ** 40 + index, held: [1, 12] as const, anchor, deviceUtcUs: null };
    });
    const hello: Hello = { type: 'hello', version: 1, device, agent: '', monotonicUs: 2e9, epochs };
    const { intake } = this.#ingest.open(hello, { earliestUs: NOW_US - 1000, latestUs: NOW_US });
    this.#intakes.set(device, intake);
    return intake;
  }
}

/** What must survive. Epochs without a frame are told of by hello alone, and their order is that of first sight. */
function essence({ devices, nextDeviceId, nextSeriesId }: Registry) {
  const tuples = [...devices.values()].map((device) => deviceTuple(device, 0));
  for (const tuple of tuples) tuple[9] = essenceOfEpochs(tuple);
  return { tuples, nextDeviceId, nextSeriesId };
}

function essenceOfEpochs(tuple: DeviceTuple): DeviceTuple[9] {
  return tuple[9].filter(([, , seen]) => seen.length > 0).sort(([a], [b]) => a - b);
}

async function rebuilt(dir: string, log: Log): Promise<Registry> {
  const loaded = await new CheckpointFiles(dir).load(LIMITS);
  return rebuildRegistry({ log, loaded, limits: LIMITS, clock: systemClock, logger: silentLogger });
}

describe('rebuilding the registry', () => {
  it('gives the same tables from the log, and from any checkpoint and what follows it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(60), async (steps, at) => {
        const { path: dir, remove } = await makeFolder();
        const log = await Log.open(join(dir, 'log'));
        try {
          const tables = new Tables(log, new Registry(LIMITS));
          for (const [index, taken] of steps.entries()) {
            tables.take(taken);
            if (index === at) await new CheckpointFiles(dir).save(capture(tables.registry, log));
          }
          await log.flushed();
          const expected = essence(tables.registry);
          expect(essence(await rebuilt(dir, log))).toEqual(expected);
          expect(essence(await rebuilt(join(dir, 'no-checkpoint'), log))).toEqual(expected);
        } finally {
          await log.close();
          await remove();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('counts everything on disk as settled', async () => {
    const dir = await temporaryFolder();
    const log = await Log.open(join(dir, 'log'));
    const tables = new Tables(log, new Registry(LIMITS));
    const describeFrame = {
      type: 'describe',
      epoch: 0,
      seq: 1,
      channels: [{ index: 0, name: 'a', type: 'number', unit: '', intervalMs: null }],
    } as const;
    tables.take({ kind: 'frame', device: 0, epoch: 0, frame: describeFrame });
    tables.take({ kind: 'garbage', device: 0, seq: 2 });
    await log.flushed();
    const registry = await rebuilt(dir, log);
    expect(
      registry.devices
        .get('device-0')
        ?.epoch(2 ** 40)
        .settled.ranges(),
    ).toEqual([[1, 2]]);
    await log.close();
  });
});

describe('a checkpoint written while frames come in', () => {
  /** Takes a step of the hub between any two devices. */
  async function* interleaved(tables: Tables, steps: Step[]): AsyncGenerator<Slice> {
    const { registry, log } = tables;
    const offset = log.end;
    for (const device of registry.devices.values()) {
      yield { devices: [deviceTuple(device, log.end)] };
      for (const taken of steps.splice(0, 3)) tables.take(taken);
    }
    const { nextDeviceId, nextSeriesId } = registry;
    await log.flushed();
    yield { summary: { offset, end: log.end, nextDeviceId, nextSeriesId, storeCursors: [] } };
  }

  it('and what follows it in the log give the same tables', async () => {
    const steps = fc.array(step, { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(steps, steps, steps, async (before, during, after) => {
        const { path: dir, remove } = await makeFolder();
        const log = await Log.open(join(dir, 'log'));
        try {
          const tables = new Tables(log, new Registry(LIMITS));
          for (const taken of before) tables.take(taken);
          await new CheckpointFiles(dir).save(interleaved(tables, during));
          for (const taken of after) tables.take(taken);
          await log.flushed();
          expect(essence(await rebuilt(dir, log))).toEqual(essence(tables.registry));
        } finally {
          await log.close();
          await remove();
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('the checkpoint files', () => {
  /** A checkpoint of two devices that ends at an offset. */
  async function* slices(end: number): AsyncGenerator<Slice> {
    await Promise.resolve();
    yield { devices: [deviceTuple(new DeviceEntry(1, 'a'), 0)] };
    yield { devices: [deviceTuple(new DeviceEntry(2, 'b'), 0)] };
    yield { summary: { offset: end, end, nextDeviceId: 3, nextSeriesId: 1, storeCursors: [] } };
  }

  it('fall back to the one before when the newest is damaged, and say so', async () => {
    const files = new CheckpointFiles(await temporaryFolder());
    expect(await files.load(LIMITS)).toEqual({ checkpoint: null, faults: [] });
    await files.save(slices(10));
    await files.save(slices(20));
    expect((await files.load(LIMITS)).checkpoint?.offset).toBe(20);
    await writeFile(files.path, 'WEIRREG2 but not really a checkpoint');
    const { checkpoint: found, faults } = await files.load(LIMITS);
    expect(found?.offset).toBe(10);
    expect([...(found?.registry.devices.keys() ?? [])]).toEqual(['a', 'b']);
    expect(faults).toMatchObject([{ path: files.path }]);
    await writeFile(files.previousPath, '');
    expect(await files.load(LIMITS)).toMatchObject({
      checkpoint: null,
      faults: [{ path: files.path }, { path: files.previousPath }],
    });
  });

  it('notice every damaged byte, and every end that comes too soon', async () => {
    const files = new CheckpointFiles(await temporaryFolder());
    await files.save(slices(123_456));
    const bytes = await readFile(files.path);
    const faults = async (content: Buffer): Promise<number> => {
      await writeFile(files.path, content);
      return (await files.load(LIMITS)).faults.length;
    };
    expect(await faults(bytes)).toBe(0);
    for (let i = 0; i < bytes.length; i++) {
      const damaged = Buffer.from(bytes);
      damaged[i] = (damaged[i] ?? 0) ^ 0x10;
      expect(await faults(damaged), `byte ${i}`).toBe(1);
      expect(await faults(bytes.subarray(0, i)), `cut at ${i}`).toBe(1);
    }
  });

  it('keep the last checkpoint when the next cannot be finished', async () => {
    const dir = await temporaryFolder();
    const files = new CheckpointFiles(dir);
    await files.save(slices(10));
    const broken = (async function* (): AsyncGenerator<Slice> {
      await Promise.resolve();
      yield { devices: [] };
      throw new Error('the log is closed');
    })();
    await expect(files.save(broken)).rejects.toThrow('the log is closed');
    expect(await readdir(dir)).toEqual(['registry']);
    expect((await files.load(LIMITS)).checkpoint?.offset).toBe(10);
  });
});
