import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder, waitFor } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { lastLine, printed, weir } from '../weir-process.testing.js';

/** Processes whose command line has `text` in it. */
function processesWith(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text);
    } catch {
      return false;
    }
  });
}

describe('weir bench', () => {
  it('lists its cases and refuses a wrong option by name', async () => {
    const help = await weir(['bench', '--help']).finished;
    expect(help.stdout).toMatch(/ingest .*\n/);
    const wrong = await weir(['bench', 'ingest', '--readings-per-frame', '1,x']).finished;
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('--readings-per-frame');
  });

  it('refuses a folder in memory, where an fsync costs nothing', async () => {
    const refused = await weir(['bench', 'ingest', '--quick', '--dir', '/dev/shm']).finished;
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('bench.bad_folder');
  });

  it('prints one JSON object, or writes it to a file and prints the table', async () => {
    const args = ['bench', 'ingest', '--quick', '--arms', 'weir', '--readings-per-frame', '1', '--json'];
    const printed = await weir(args).finished;
    expect(printed.code).toBe(0);
    expect(lastLine(printed.stdout)).toMatchObject({ bench: 'ingest', cases: [{ connections: 4 }] });
    const file = join(await temporaryFolder(), 'result.json');
    const { stdout } = await weir([...args, file]).finished;
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ cases: [{ connections: 4 }] });
    expect(stdout).toContain('weir');
    expect(stdout).not.toContain('"bench"');
  });

  it('leaves nothing behind on Ctrl-C', async () => {
    const dir = await temporaryFolder();
    const bench = weir([
      'bench',
      'ingest',
      '--seconds',
      '60',
      '--arms',
      'weir',
      '--dir',
      dir,
      '--profile',
      dir,
    ]);
    // The flag with the folder's name is on the server's command line.
    await waitFor(() => processesWith(`--cpu-prof-dir=${dir}`).length > 0);
    await waitFor(() => readdirSync(dir).some((name) => name.startsWith('weir-bench-')));
    bench.signal('SIGINT');
    expect(await bench.finished).toMatchObject({ code: 130 });
    await printed(bench, /interrupted/, 'that it was interrupted');
    expect(processesWith(`--cpu-prof-dir=${dir}`)).toEqual([]);
    expect(readdirSync(dir)).toEqual([]);
  });
});
