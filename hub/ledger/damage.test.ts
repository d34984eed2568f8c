import { MemoryFiles } from '@weir/log';
import { encodeFrame, type Frame, type Hello } from '@weir/protocol';
import { checkConfig, seededEntropy, silentLogger } from '@weir/runtime';
import { expect, it } from 'vitest';
import { hubConfigSchema } from '../config.js';
import { Core } from '../core.js';
import { ManualTime } from '../session/rig.testing.js';
import { inspected } from './inspected.testing.js';

const EPOCH = 2 ** 40;
const CONFIG = checkConfig(hubConfigSchema, { data_dir: '/hub', vitals: { interval: 0 } });
const LOG_FILE = '/hub/log/00000000000000000000.log';

async function open(files: MemoryFiles): Promise<Core> {
  const time = new ManualTime();
  const machine = { clock: time, timers: time, entropy: seededEntropy(1), logger: silentLogger };
  return Core.open(CONFIG, { ...machine, files: files.forProcess(), boot: 'one' }, () => undefined);
}

/** Frames 1 to `last` in a log without a checkpoint, each in a record of its own. */
async function filled(last: number, held: readonly [number, number] | null): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  const core = await open(files);
  const epochs = [{ epoch: EPOCH, held, anchor: null, deviceUtcUs: null }];
  const hello: Hello = { type: 'hello', version: 1, device: 'pi', agent: '', monotonicUs: 1e9, epochs };
  const { intake } = core.ingest.open(hello, { earliestUs: 1e15, latestUs: 1e15 });
  const channel = { index: 0, name: 't', type: 'number', unit: '', intervalMs: null } as const;
  for (let seq = 1; seq <= last; seq++) {
    const frame: Frame =
      seq === 1
        ? { type: 'describe', epoch: EPOCH, seq, channels: [channel] }
        : { type: 'readings', epoch: EPOCH, seq, columns: [{ channel: 0, times: [seq], values: [seq] }] };
    const bytes = encodeFrame(frame);
    intake.accept(inspected(bytes), bytes, 1e15);
    core.ingest.seal();
  }
  await core.log.flushed();
  files.powerCut();
  await core.close().catch(() => undefined);
  return files;
}

/** Destroys the middle of the log. */
function damage(files: MemoryFiles): void {
  const bytes = Buffer.from(files.contents(LOG_FILE));
  const middle = Math.floor(bytes.length / 2);
  bytes.fill(0xaa, middle, middle + 300);
  files.place(LOG_FILE, bytes);
}

async function statement(core: Core): Promise<string[]> {
  const device = core.registry.devices.get('pi')!;
  const [account] = await core.ledger.accounts(device);
  return account!.ranges.map(({ state, reason, where }) => [state, reason ?? where ?? ''].join(' ').trim());
}

it('frames whose records are damaged are expired by that, before a restart and after', async () => {
  const files = await filled(60, null);
  damage(files);
  const core = await open(files);
  expect(await statement(core)).toEqual(['stored', 'expired hub_log_damaged', 'stored']);
  const [text] = core.losses.texts();
  expect(text).toMatch(/^pi expired hub_log_damaged: \d+ frames, epoch 1099511627776 \d+-\d+$/);
  await core.close();
  const again = await open(files);
  expect(await statement(again)).toEqual(['stored', 'expired hub_log_damaged', 'stored']);
  await again.close();
});

it('but those that the device holds still are pending, and nothing is lost where nothing is damaged', async () => {
  const files = await filled(60, [1, 60]);
  const whole = await open(files);
  expect(await statement(whole)).toEqual(['stored']);
  files.powerCut();
  await whole.close().catch(() => undefined);
  damage(files);
  const core = await open(files);
  expect(await statement(core)).toEqual(['stored', 'pending device', 'stored']);
  expect(core.losses.texts()).toEqual([]);
  await core.close();
});
