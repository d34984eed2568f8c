/** What became of the readings that a hub has acknowledged: waits until its store has them, counts them, says what they cost. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HubStats } from '@weir/hub';
import { WeirError } from '@weir/runtime';
import { useBetween, type ProcessUse } from '../../measure/process-meter.js';
import type { StoredCount } from '../../servers/hub-process.js';
import type { ArmOrder, KeptRun } from './arm.js';

/** A hub at one moment. */
export interface HubMark {
  /** By the benchmark's clock. */
  readonly atUs: number;
  readonly use: ProcessUse;
  readonly stats: HubStats;
}

const LOOK_MS = 10;
/** Devices that the store is asked for one by one; each question goes through all of its rows. */
const DEVICES_COUNTED = 4;

/** The hub once its store has everything that is on disk at `acked`. Rejects with `bench.store_behind`. */
export async function untilStored(
  mark: () => Promise<HubMark>,
  acked: HubMark,
  { drainS }: Pick<ArmOrder, 'drainS'>,
  signal: AbortSignal,
): Promise<HubMark> {
  const { durable } = acked.stats.log;
  for (;;) {
    const now = await mark();
    const behind = now.stats.sinks.filter((sink) => sink.cursor < durable);
    if (behind.length === 0) return now;
    const [slowest] = behind;
    if (now.atUs - acked.atUs > drainS * 1e6) {
      const message = `${slowest?.name} is ${slowest?.lag_bytes} bytes behind after ${drainS} s`;
      throw new WeirError('bench.store_behind', message);
    }
    await sleep(LOOK_MS, undefined, { signal });
  }
}

export interface StoredParts {
  readonly stats: HubStats;
  /** Asks the store for a device. */
  readonly countOf: (device: string) => Promise<StoredCount>;
  /** Readings frames acknowledged, by device. */
  readonly answered: ReadonlyMap<string, number>;
  readonly readingsPerFrame: number;
}

/** Throws `bench.wrong_count` unless the store has every reading that was acknowledged, and each once. */
export async function checkStored({
  stats,
  countOf,
  answered,
  readingsPerFrame,
}: StoredParts): Promise<void> {
  const frames = [...answered.values()].reduce((sum, each) => sum + each, 0);
  expectCount('all devices', stats.sinks[0]?.readings, frames * readingsPerFrame);
  const names = [...answered.keys()];
  const step = Math.max(1, Math.floor(names.length / DEVICES_COUNTED));
  for (let at = 0; at < names.length; at += step) {
    const device = names[at] ?? '';
    const expected = (answered.get(device) ?? 0) * readingsPerFrame;
    const { readings, distinct } = await countOf(device);
    expectCount(device, readings, expected);
    expectCount(`${device}, different ones`, distinct, expected);
  }
}

function expectCount(what: string, stored: number | undefined, acked: number): void {
  if (stored === acked) return;
  throw new WeirError(
    'bench.wrong_count',
    `${what}: the store has ${stored} readings, ${acked} were acknowledged`,
    { details: { stored, acked } },
  );
}

/** The costs of a whole run, from `begin`, before the first frame. */
export function keptOf(readings: number, begin: HubMark, acked: HubMark, end: HubMark): KeptRun {
  const { cpuS, mainCpuS, writtenBytes } = useBetween(begin.use, end.use);
  const [atBegin, atAcked] = [begin, acked].map(({ stats }) => stats.sinks[0]?.readings);
  const secondsOf = (from: HubMark, to: HubMark): number => (to.atUs - from.atUs) / 1e6;
  const stores = atBegin !== undefined && atAcked !== undefined;
  return {
    readings_acked: readings,
    cpu_s_per_million_readings: (cpuS / readings) * 1e6,
    main_thread_cpu_s_per_million_readings: (mainCpuS / readings) * 1e6,
    bytes_written: writtenBytes,
    log_bytes_written: end.stats.log.bytes_written - begin.stats.log.bytes_written,
    stored_per_s_under_load: stores ? (atAcked - atBegin) / secondsOf(begin, acked) : null,
    stored_per_s: stores ? readings / secondsOf(begin, end) : null,
    stored_behind: stores ? readings - (atAcked - atBegin) : null,
    stored_lag_s: stores ? secondsOf(acked, end) : null,
    readings_stored: end.stats.sinks[0]?.readings ?? null,
  };
}
