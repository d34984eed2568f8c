import { waitFor } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { testHub } from '../e2e/hub.testing.js';
import { printable } from '../printable.js';
import { lastLine, weir } from '../weir-process.testing.js';
import { describeExplanation } from './explain.js';

/** A hub with one device, which is online because it posts. */
async function hubWithDevice(): Promise<string[]> {
  const { hub } = await testHub({ stores: { duckdb: { enabled: false } }, vitals: { interval: 0 } });
  const headers = { authorization: `Bearer ${hub.token}`, 'content-type': 'application/senml+json' };
  const body = JSON.stringify([{ n: 'boiler-house/temperature', u: 'Cel', v: 21.57 }]);
  const { status } = await fetch(`${hub.url}/api/v1/readings`, { method: 'POST', headers, body });
  expect(status).toBe(200);
  return ['--hub', hub.url, '--token', hub.token];
}

describe('weir explain', () => {
  it('ends with 0 and one sentence when all is well, with 3 and advice when not', async () => {
    const at = await hubWithDevice();
    const well = await weir(['explain', 'boiler-house', 'temperature', ...at]).finished;
    expect(well).toMatchObject({ code: 0, stderr: '' });
    expect(well.stdout).toMatch(/^boiler-house temperature arrives, the last reading was taken .* ago\.\n$/);
    const not = await weir(['explain', 'boiler-hose', ...at]).finished;
    expect(not).toMatchObject({ code: 3, stderr: '' });
    expect(not.stdout).toMatch(
      /^error {3}device\.unknown\n.*known are boiler-house\n {5}-> Is one of those meant/,
    );
  });

  it('prints one JSON object, and ends with 1 where no hub answers, with 2 on wrong usage', async () => {
    const at = await hubWithDevice();
    const json = await weir(['explain', 'nobody', '--json', ...at]).finished;
    expect(json.code).toBe(3);
    expect(lastLine(json.stdout)).toMatchObject({
      ok: false,
      device: 'nobody',
      findings: [{ code: 'device.unknown' }],
    });
    const gone = await weir(['explain', 'nobody', '--hub', 'http://127.0.0.1:9', '--token', 'x']).finished;
    expect(gone).toMatchObject({ code: 1, stdout: '' });
    expect(gone.stderr).toContain('client.hub_unreachable');
    expect((await weir(['explain', ...at]).finished).code).toBe(2);
  });

  it('watches until it is interrupted, and tells a change once', async () => {
    const at = await hubWithDevice();
    const watching = weir(['explain', 'boiler-house', '--watch', ...at]);
    await waitFor(() => watching.stdout().includes('is online'));
    watching.signal('SIGINT');
    const { code, stdout } = await watching.finished;
    expect(code).toBe(0);
    expect(stdout.match(/is online/g)).toHaveLength(1);
  });

  it('prints nothing that could move the cursor', () => {
    const finding = {
      severity: 'error',
      code: 'x',
      since_us: 0,
      message: 'a\u001b[2Jb\nc',
      advice: '\u202ed',
    } as const;
    const text = describeExplanation({ ok: false, summary: '', time_us: 0, findings: [finding] });
    expect(text).toBe('error   x   since 1970-01-01 00:00:00Z\n        a·[2Jb·c\n     -> ·d');
    expect(printable('°C – ok')).toBe('°C – ok');
  });
});
