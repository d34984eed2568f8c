/** A disk that is full, under a real hub: nothing is confirmed, nothing is lost, and it goes on by itself. */
import { nodeFiles, type FileSystem, type OpenFile } from '@weir/log';
import { waitFor } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { request, startTestHub, WireDevice } from './hub.testing.js';

class FullDisk implements FileSystem {
  full = false;
  readonly list = nodeFiles.list.bind(nodeFiles);
  readonly makeDir = nodeFiles.makeDir.bind(nodeFiles);
  readonly rename = nodeFiles.rename.bind(nodeFiles);
  readonly remove = nodeFiles.remove.bind(nodeFiles);
  readonly syncDir = nodeFiles.syncDir.bind(nodeFiles);
  readonly lock = nodeFiles.lock.bind(nodeFiles);

  async open(path: string, mode: Parameters<FileSystem['open']>[1]): Promise<OpenFile> {
    const file = await nodeFiles.open(path, mode);
    return {
      size: () => file.size(),
      read: (into, position) => file.read(into, position),
      write: (parts, position) => {
        if (!this.full) return file.write(parts, position);
        return Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
      },
      sync: () => file.sync(),
      truncate: (bytes) => file.truncate(bytes),
      close: () => file.close(),
    };
  }
}

describe('with a full disk', () => {
  it('nothing is acknowledged, credit is taken away, and everything goes on when there is room again', async () => {
    const disk = new FullDisk();
    const hub = await startTestHub({}, { files: disk });
    const device = await WireDevice.open(hub);
    device.describe(1);
    device.readings(2);
    await device.acked(2);
    disk.full = true;
    device.readings(3);
    await waitFor(() => hub.stats().log.state === 'disk_full', { what: 'a full disk' });
    await waitFor(() => device.of('ack').at(-1)?.credit === 0, { what: 'credit taken away' });
    const ready = await fetch(`${hub.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ ready: false, log: 'disk_full', problems: [/disk/] });
    const posted = await request(hub, '/api/v1/readings', {
      body: JSON.stringify([{ n: 'pi-2/t', v: 1 }]),
      headers: { 'content-type': 'application/senml+json' },
    });
    expect(posted).toMatchObject({ status: 503, body: { error: { code: 'log.disk_full' } } });
    expect(posted.headers.get('retry-after')).not.toBeNull();
    const late = await WireDevice.open(hub, { device: 'pi-3' });
    expect((await late.got('welcome')).credit).toBe(0);
    expect(
      device
        .of('ack')
        .flatMap(({ stored }) => stored)
        .some(({ range }) => range[1] >= 3),
    ).toBe(false);
    disk.full = false;
    await device.acked(3);
    await waitFor(() => (device.of('ack').at(-1)?.credit ?? 0) > 0, { what: 'credit given back' });
    expect((await fetch(`${hub.url}/readyz`)).status).toBe(200);
    device.readings(4);
    await device.acked(4);
    expect(hub.stats().ingest).toMatchObject({ readings: 3, duplicates: 0 });
  });

  it('a device that keeps sending is held back and loses nothing', async () => {
    const disk = new FullDisk();
    const hub = await startTestHub(
      { log: { pending_bytes: 64 * 1024 }, limits: { frame_bytes: 16 * 1024 }, session: { credit: 4096 } },
      { files: disk },
    );
    const device = await WireDevice.open(hub);
    device.describe(1);
    await device.acked(1);
    disk.full = true;
    const values = Array.from({ length: 300 }, (_, i) => Math.sin(i));
    for (let seq = 2; seq <= 200; seq++) device.readings(seq, values);
    await waitFor(() => hub.stats().ingest.paused === 1, { what: 'a paused connection' });
    expect(hub.stats().log.pending_bytes).toBeLessThanOrEqual(64 * 1024);
    disk.full = false;
    await device.acked(200);
    expect(hub.stats().ingest).toMatchObject({ readings: 199 * 300, paused: 0 });
  });
});
