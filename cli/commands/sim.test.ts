import { join } from 'node:path';
import { agentConfigSchema, startAgent } from '@weir/device-agent';
import { checkConfig } from '@weir/runtime';
import { available, temporaryFolder, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readingsOf, testHub } from '../e2e/hub.testing.js';
import { lastLine, printed, weir } from '../weir-process.testing.js';

describe('weir sim', () => {
  it('runs a fleet until every reading is acknowledged and stored', async () => {
    const hub = await testHub({ vitals: { interval: 0 } });
    const { url, token } = hub.hub;
    const args = [
      'sim',
      '--hub',
      url,
      '--devices',
      '20',
      '--rate',
      '10',
      '--channels',
      '2',
      '--for',
      '3s',
      '--json',
    ];
    const { code, stdout } = await weir(args, { WEIR_SIM_TOKEN: token }).finished;
    const result = lastLine(stdout) as { readings_sent: number };
    expect(result).toMatchObject({
      devices: 20,
      connected: 20,
      readings_acked: result.readings_sent,
      backlog_frames: 0,
    });
    expect(code).toBe(0);
    await hub.stored();
    expect(await hub.get('/api/v1/readings/count')).toEqual({
      readings: result.readings_sent,
      distinct: result.readings_sent,
      epochs: 20,
    });
  });

  it('ends and says why when no device is let in', async () => {
    const hub = await testHub();
    const { code, stderr } = await weir([
      'sim',
      '--hub',
      hub.hub.url,
      '--token',
      'wrong',
      '--devices',
      '2',
      '--for',
      '1s',
    ]).finished;
    expect(stderr).toMatch(/no device could connect: .*401/);
    expect(code).toBe(1);
  });

  it('asks for a token', async () => {
    const { code, stderr } = await weir(['sim', '--for', '1s'], { WEIR_SIM_TOKEN: '' }).finished;
    expect(stderr).toMatch(/--token-file/);
    expect(code).toBe(2);
  });

  it.skipIf(!available('socat'))(
    'plays a microcontroller with faults, of which the agent keeps every whole line',
    async () => {
      const folder = await temporaryFolder();
      const path = join(folder, 'tty');
      const hub = await testHub();
      const line = weir([
        'sim',
        'line',
        '--pty',
        path,
        '--rate',
        '100',
        '--sensors',
        '2',
        '--garbage',
        '0.2',
        '--cut',
        '0.2',
      ]);
      await printed(line, /^line: /m, 'the line');
      const agent = await startAgent(
        checkConfig(agentConfigSchema, {
          device: 'pi',
          hub: hub.hub.url,
          token: hub.hub.token,
          spool: { dir: join(folder, 'spool') },
          sources: [{ type: 'serial', name: 'board', path, format: { type: 'json' } }],
        }),
      );
      onTestFinished(() => agent.close());
      await waitFor(() => agent.stats().readings_acked > 100, { what: 'readings through the noise' });
      const discarded = agent.stats().sampler.ports[0]?.discardedBytes ?? 0;
      await agent.stopReading();
      await agent.drained();
      await hub.stored();
      const { values } = await readingsOf(hub, 'pi', 'board/temperature');
      expect(values.length).toBeGreaterThan(20);
      for (const value of values) expect(Number(value)).toBeGreaterThanOrEqual(-40);
      expect(discarded).toBeGreaterThan(0);
    },
  );
});
