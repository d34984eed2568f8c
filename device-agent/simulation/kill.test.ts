import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { temporaryFolder, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startHubServer } from './hub-server.testing.js';

const CHILD = fileURLToPath(new URL('./child-agent.testing.js', import.meta.url));

function agent(dir: string, hub: string, count: number, start: number): ChildProcess {
  const child = fork(CHILD, [dir, hub, String(count), String(start)]);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

async function says(child: ChildProcess, word: string): Promise<void> {
  const [message] = (await once(child, 'message')) as [unknown];
  expect(message).toBe(word);
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

describe('an agent killed with SIGKILL', () => {
  it('sends, when started again, every frame that was on disk', async () => {
    const dir = await temporaryFolder();
    const child = agent(dir, 'ws://127.0.0.1:9', 500, 0);
    await says(child, 'safe');
    await kill(child);
    const server = await startHubServer();
    await says(agent(dir, server.url, 0, 0), 'drained');
    const values = server.hub.values.toSorted((a, b) => a - b);
    expect(values.length).toBeGreaterThanOrEqual(500);
    expect(values).toEqual(values.map((_, i) => i));
    expect(server.hub.violations).toEqual([]);
  });

  it('while it streams loses nothing that was on disk, and the hub stores nothing twice', async () => {
    const dir = await temporaryFolder();
    const server = await startHubServer();
    for (let round = 0; round < 3; round++) {
      const child = agent(dir, server.url, 300, round * 1_000_000);
      await says(child, 'safe');
      const target = server.hub.readings + 50;
      await waitFor(() => server.hub.readings > target, { what: 'readings to stream' });
      server.hub.acks = false;
      await waitFor(() => (server.hub.session?.unacked ?? 0) > 10, { what: 'frames in flight' });
      await kill(child);
      server.hub.acks = true;
    }
    await says(agent(dir, server.url, 0, 0), 'drained');
    const { values } = server.hub;
    expect(new Set(values).size).toBe(values.length);
    const stored = new Set(values);
    for (let round = 0; round < 3; round++)
      for (let i = 0; i < 300; i++) expect(stored.has(round * 1_000_000 + i)).toBe(true);
    expect(server.hub.violations).toEqual([]);
  });
});
