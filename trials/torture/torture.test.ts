/** A short run of what `npm run torture` does at length. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { available } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

const TORTURE = fileURLToPath(new URL('../torture.js', import.meta.url));

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function torture(...args: string[]): {
  done: Promise<Finished>;
  interrupt: () => void;
  told: Promise<unknown>;
} {
  const child = spawn(process.execPath, [TORTURE, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGTERM'));
  const outputs = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return {
    done: outputs.then(([stdout, stderr]) => ({ code: child.exitCode, stdout, stderr })),
    interrupt: () => child.kill('SIGINT'),
    told: once(child.stderr, 'data'),
  };
}

describe.skipIf(!available('mosquitto'))('torture', () => {
  it('kills everything for three rounds, and nothing is lost or doubled', { timeout: 200_000 }, async () => {
    const { code, stdout, stderr } = await torture('--rounds', '3', '--seed', '11', '--agents', '2').done;
    expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    const last = stdout.trimEnd().split('\n').at(-1) ?? '';
    const [, acked] = /^3 rounds, (\d+) readings acked, 0 lost, 0 duplicated$/.exec(last) ?? [];
    expect(Number(acked)).toBeGreaterThan(100);
  });

  it('ends at Ctrl-C with what it knows by then', { timeout: 200_000 }, async () => {
    const run = torture('--rounds', '1000', '--agents', '1', '--json');
    await run.told;
    run.interrupt();
    const { code, stdout, stderr } = await run.done;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ lost: 0, duplicated: 0, trouble: [], folder: null });
    expect(stderr).toMatch(/\n\d+ rounds, \d+ readings acked, 0 lost, 0 duplicated\n$/);
  });
});

it('says what it does not understand', async () => {
  const { code, stderr } = await torture('--faults', 'kill,fire').done;
  expect(code).not.toBe(0);
  expect(stderr).toContain('expected some of kill,freeze,cut,silence,disk');
});
