import { createServer } from 'node:net';
import { join } from 'node:path';
import { freePort, temporaryFolder } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lastLine, printed, weir } from '../weir-process.testing.js';
import type { Summary } from './summary.js';

async function upArgs(...more: string[]): Promise<string[]> {
  return ['up', '--data', join(await temporaryFolder(), 'data'), '--port', '0', '--mqtt-port', '0', ...more];
}

function expectWhole(summary: Summary): void {
  const { readings_sent: sent } = summary;
  expect(sent).toBeGreaterThan(0);
  expect(summary).toMatchObject({
    readings_acked: sent,
    readings_stored: sent,
    mqtt_published: sent,
    lost: 0,
    duplicates: 0,
  });
  expect(summary.latency_ms.p50).toBeGreaterThan(0);
  expect(summary.latency_ms.p99).toBeGreaterThanOrEqual(summary.latency_ms.p50);
}

describe('weir up', () => {
  it('ends by itself with every reading sent, acknowledged, stored and published; twice on the same data', async () => {
    const args = await upArgs('--for', '4s', '--json', '--devices', '3');
    for (let run = 0; run < 2; run++) {
      const { code, stdout, stderr } = await weir(args).finished;
      expect(stderr).not.toMatch(/"level":[56]0/);
      const summary = lastLine(stdout) as Summary;
      expectWhole(summary);
      expect(summary.devices).toBe(4);
      expect(code).toBe(0);
    }
  });

  it('says where what runs, and ends cleanly on Ctrl-C', async () => {
    const running = weir(await upArgs('--json'));
    await printed(running, /console +http:\/\/127\.0\.0\.1:\d+\/#token=\S{20}/, 'the link');
    await printed(running, /devices 6\/6 .* published [1-9]/, 'readings that flow');
    running.signal('SIGINT');
    const { code, stdout } = await running.finished;
    expectWhole(lastLine(stdout) as Summary);
    expect(code).toBe(0);
  });

  it('picks up after a kill: what was sent before is neither lost nor counted twice', async () => {
    const args = await upArgs('--json', '--devices', '3', '--rate', '20');
    const killed = weir(args);
    await printed(killed, /published [1-9]/, 'readings that flow');
    killed.signal('SIGKILL');
    await killed.finished;
    const { code, stdout } = await weir([...args, '--for', '3s']).finished;
    expectWhole(lastLine(stdout) as Summary);
    expect(code).toBe(0);
  });

  it.each(['--port', '--mqtt-port'])('says which port is taken and how to change it: %s', async (flag) => {
    const port = await freePort();
    const blocker = createServer().listen(port, '127.0.0.1');
    onTestFinished(() => void blocker.close());
    const { code, stderr } = await weir([...(await upArgs()), flag, String(port)]).finished;
    expect(stderr).toContain(String(port));
    expect(stderr).toMatch(flag === '--port' ? /--(listen-)?port/ : /--mqtt-port/);
    expect(code).toBe(1);
  });

  it('refuses a data folder that another one uses, and names its process', async () => {
    const args = await upArgs('--devices', '0');
    const first = weir(args);
    await printed(first, /console +http/, 'the link');
    const { code, stderr } = await weir(args).finished;
    expect(stderr).toMatch(new RegExp(`${first.child.pid}.*log.locked`));
    expect(code).toBe(1);
  });

  it.each([
    [['--port', '70000'], /--port.*whole number from 0 to 65535/],
    [['--for', 'soon'], /--for.*duration such as 20s/],
    [['--rate', '-1'], /--rate.*above 0/],
    [['--prot', '1'], /unknown option '--prot'.*\n.*--port/],
  ])('refuses %j', async (flags, message) => {
    const { code, stderr } = await weir([...(await upArgs()), ...flags]).finished;
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});
