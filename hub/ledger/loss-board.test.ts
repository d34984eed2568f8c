import { encodeFrame, type Hello } from '@weir/protocol';
import { MemoryFiles } from '@weir/log';
import { checkConfig, seededEntropy, silentLogger } from '@weir/runtime';
import { describe, expect, it } from 'vitest';
import { hubConfigSchema } from '../config.js';
import { Core } from '../core.js';
import { OwnEpochs } from '../senml/own-epochs.js';
import { storePack } from '../senml/store-pack.js';
import { ManualTime } from '../session/rig.testing.js';
import { inspected } from './inspected.testing.js';
import { LOSS_CHANNEL } from './loss-board.js';

const EPOCH = 2 ** 40;
const CONFIG = checkConfig(hubConfigSchema, { data_dir: '/hub', vitals: { interval: 0 } });

async function open(files: MemoryFiles): Promise<Core> {
  const time = new ManualTime();
  const machine = { clock: time, timers: time, entropy: seededEntropy(1), logger: silentLogger };
  return Core.open(CONFIG, { ...machine, files: files.forProcess(), boot: 'one' }, () => undefined);
}

/** A device tells of a loss. */
async function lose(core: Core, device: string, seq: number, first: number, last: number): Promise<void> {
  const epochs = [{ epoch: EPOCH + 1, held: null, anchor: null, deviceUtcUs: null }];
  const hello: Hello = { type: 'hello', version: 1, device, agent: '', monotonicUs: 1e9, epochs };
  const { intake } = core.ingest.open(hello, { earliestUs: 1e15, latestUs: 1e15 });
  const bytes = encodeFrame({
    type: 'gap',
    epoch: EPOCH + 1,
    seq,
    lostEpoch: EPOCH,
    lost: [first, last],
    reason: 1,
  });
  intake.accept(inspected(bytes), bytes, 1e15);
  await core.log.flushed();
}

/** As the hub's vital signs do. */
async function tell(core: Core): Promise<void> {
  const pack = core.losses.texts().map((text) => ({ n: LOSS_CHANNEL, vs: text }));
  storePack(pack, {
    ...{ ingest: core.ingest, ownEpochs: new OwnEpochs(seededEntropy(2)), device: 'weir-hub', key: null },
    ...{ holder: { name: 'hub', role: 'admin', device: null, mayBe: () => true }, nowUs: 1e15 },
  });
  core.ingest.seal();
  await core.log.flushed();
}

async function crash(core: Core, files: MemoryFiles): Promise<Core> {
  files.powerCut();
  await core.close().catch(() => undefined);
  return open(files);
}

describe('the board of losses', () => {
  it('tells of each loss once, wherever the hub crashes', async () => {
    const files = new MemoryFiles();
    let core = await open(files);
    await lose(core, 'pi', 1, 121, 180);
    const texts = [`pi expired spool_bytes: 60 frames, epoch ${EPOCH} 121-180`];
    expect(core.losses.texts()).toEqual(texts);
    core = await crash(core, files);
    expect(core.losses.texts()).toEqual(texts);
    await tell(core);
    expect(core.losses.texts()).toEqual([]);
    core = await crash(core, files);
    expect(core.losses.texts()).toEqual([]);
    await lose(core, 'pi', 2, 181, 181);
    core = await crash(core, files);
    expect(core.losses.texts()).toEqual([`pi expired spool_bytes: 1 frame, epoch ${EPOCH} 181`]);
    await core.close();
  });

  it('merges what belongs together and has few lines whatever happens', async () => {
    const core = await open(new MemoryFiles());
    await lose(core, 'pi', 1, 1, 5);
    await lose(core, 'pi', 2, 6, 9);
    await lose(core, 'pi', 3, 20, 29);
    expect(core.losses.texts()).toEqual([
      `pi expired spool_bytes: 19 frames, 2 ranges, the last epoch ${EPOCH} 20-29`,
    ]);
    for (let i = 0; i < 40; i++) await lose(core, `pi-${i}`, 1, 2, 2 + i);
    const texts = core.losses.texts();
    expect(texts).toHaveLength(16);
    expect(texts[0]).toMatch(/^pi-39 expired spool_bytes: 40 frames/);
    // 19 and 1 to 40 frames; the fifteen largest are 26 to 40.
    expect(texts[15]).toBe(`and ${19 + (25 * 26) / 2} more frames; weir ledger DEVICE has all`);
    await tell(core);
    expect(core.losses.texts()).toEqual([]);
    await core.close();
  });
});
