/** A hub that is killed, again and again, under a device that sends all the time. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LogReader } from '@weir/log';
import type { SequenceRange } from '@weir/protocol';
import { temporaryFolder, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EPOCH, startTestHub, WireDevice, type Address } from './hub.testing.js';
import { decodeRecord, RecordKind } from './ingest/record.js';

async function startDoomed(dataDir: string): Promise<{ hub: Address; process: ChildProcess }> {
  const child = fork(fileURLToPath(new URL('./crash-hub.testing.js', import.meta.url)), [dataDir]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const [address] = (await once(child, 'message')) as [Address];
  return { hub: address, process: child };
}

const expand = (ranges: readonly SequenceRange[]): number[] =>
  ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));

const ackedBy = (device: WireDevice): number[] =>
  device.of('ack').flatMap(({ stored }) => expand(stored.map(({ range }) => range)));

describe('a hub that is killed', () => {
  it('has every frame that it acknowledged, and none twice', { timeout: 120_000 }, async () => {
    const dataDir = await temporaryFolder();
    const acked = new Set<number>();
    let sent = 0;
    for (let round = 1; round <= 4; round++) {
      const { hub, process: child } = await startDoomed(dataDir);
      const device = await WireDevice.open(hub);
      const settled = new Set(expand((await device.got('welcome')).settled[0] ?? []));
      expect([...acked].filter((seq) => !settled.has(seq))).toEqual([]);
      if (!settled.has(1)) device.describe(1);
      // What is not settled is sent again, as an agent does, and then what is new.
      const goal = round * 120;
      for (let seq = 2; seq <= goal; seq++) if (!settled.has(seq)) device.readings(seq, [seq]);
      sent = goal;
      const enough = settled.size + (round === 4 ? goal - settled.size : 40);
      await waitFor(() => settled.size + new Set(ackedBy(device)).size >= enough, { what: 'acks' });
      child.kill('SIGKILL');
      await once(child, 'exit');
      for (const seq of [...settled, ...ackedBy(device)]) acked.add(seq);
    }
    expect(acked.size).toBe(sent);
    const hub = await startTestHub({ data_dir: dataDir });
    const reader = await LogReader.open(join(dataDir, 'log'));
    const { durable } = hub.stats().log;
    const seqs: number[] = [];
    for (let at = 0; at < durable;) {
      const batch = await reader.read(at, durable);
      const records = batch.records.flatMap(({ data }) => decodeRecord(data));
      seqs.push(
        ...records
          .filter(({ kind, epoch }) => kind === RecordKind.readings && epoch === EPOCH)
          .map(({ seq }) => seq),
      );
      at = batch.next;
    }
    await reader.close();
    expect(seqs.sort((a, b) => a - b)).toEqual(Array.from({ length: sent - 1 }, (_, i) => i + 2));
  });
});
