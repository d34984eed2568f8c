import { waitFor } from '@weir/testing';
import { expect, it } from 'vitest';
import { startTestHub } from '../hub.testing.js';

interface Channels {
  channels: { channel: string; unit: string; last: { value: number | string } | null }[];
}

it('writes its vital signs as readings of a device of its own, rates from the second time on', async () => {
  const hub = await startTestHub({ vitals: { interval: 50, device: 'the-hub' } });
  const signs = async (): Promise<Map<string, Channels['channels'][0]>> => {
    const response = await fetch(`${hub.url}/api/v1/channels?device=the-hub`, {
      headers: { authorization: `Bearer ${hub.token}` },
    });
    if (response.status === 404) return new Map();
    const { channels } = (await response.json()) as Channels;
    return new Map(channels.map((each) => [each.channel, each]));
  };
  await waitFor(async () => (await signs()).has('ingest/readings_per_second'), { what: 'rates' });
  const seen = await signs();
  expect(seen.get('log/state')?.last?.value).toBe('ok');
  expect(seen.get('devices/online')?.last?.value).toBe(0);
  expect(seen.get('log/kept_bytes')?.unit).toBe('B');
  expect(Number(seen.get('process/resident_bytes')?.last?.value)).toBeGreaterThan(1e6);
  await waitFor(async () => Number((await signs()).get('ingest/readings_per_second')?.last?.value) > 0, {
    what: 'its own readings to be counted',
  });
  const devices = await fetch(`${hub.url}/api/v1/devices`, {
    headers: { authorization: `Bearer ${hub.token}` },
  });
  expect(await devices.json()).toMatchObject({ devices: [{ device: 'the-hub', state: 'online' }] });
});
