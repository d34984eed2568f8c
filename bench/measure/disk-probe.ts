import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** What the disk below a folder can do, by Node's own file calls. */
export interface DiskSpeed {
  /** Large appends, synced once at the end. */
  readonly sequential_mb_per_s: number;
  /** Appends of 4 kB, each synced (`fdatasync`). */
  readonly syncs_per_s: number;
}

const CHUNK = Buffer.alloc(4 * 2 ** 20, 0xa5);
const CHUNKS = 16;
const PAGE = Buffer.alloc(4096, 0xa5);
const SYNCS_MS = 500;

/** Writes 64 MiB and, for half a second, small synced appends. */
export async function diskSpeed(dir: string): Promise<DiskSpeed> {
  const folder = await mkdtemp(join(dir, 'weir-disk-'));
  try {
    const sequential = await timed(join(folder, 'large'), async (file) => {
      for (let left = CHUNKS; left > 0; left--) await file.write(CHUNK);
      await file.datasync();
      return (CHUNKS * CHUNK.length) / 1e6;
    });
    const syncs = await timed(join(folder, 'small'), async (file) => {
      const end = performance.now() + SYNCS_MS;
      let count = 0;
      for (; performance.now() < end; count++) {
        await file.write(PAGE);
        await file.datasync();
      }
      return count;
    });
    return { sequential_mb_per_s: sequential, syncs_per_s: syncs };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** How much of what `work` counts it did in a second. */
async function timed(path: string, work: (file: FileHandle) => Promise<number>): Promise<number> {
  const file = await open(path, 'w');
  try {
    const startMs = performance.now();
    const done = await work(file);
    return (done / (performance.now() - startMs)) * 1000;
  } finally {
    await file.close();
  }
}
