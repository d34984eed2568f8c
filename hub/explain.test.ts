/** `weir explain` against a real hub: each cause made to happen, and found. */
import { waitFor } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { EPOCH, request, startTestHub, WireDevice } from './hub.testing.js';
import type { Hub } from './main.js';

interface Answer {
  readonly ok: boolean;
  readonly summary: string;
  readonly findings: readonly {
    readonly code: string;
    readonly severity: string;
    readonly message: string;
  }[];
  readonly backlog: Record<string, unknown> | null;
}

async function explained(hub: Hub, device = 'pi-1', channel = ''): Promise<Answer> {
  const query = channel === '' ? '' : `?channel=${encodeURIComponent(channel)}`;
  const { status, body } = await request(hub, `/api/v1/devices/${device}/explain${query}`);
  expect(status).toBe(200);
  return body as unknown as Answer;
}

const codes = ({ findings }: Answer): string[] => findings.map(({ code }) => code);

/** A device whose channel has a reading of now. */
async function openDevice(hub: Hub, held: readonly [number, number] | null = null): Promise<WireDevice> {
  const nowUs = Date.now() * 1e3;
  const anchor = { monotonicUs: 5e6, utcUs: nowUs, uncertaintyUs: 500 };
  const device = await WireDevice.open(hub, {
    hello: { epochs: [{ epoch: EPOCH, held, anchor, deviceUtcUs: null }] },
  });
  device.describe(1);
  device.readings(2);
  await device.acked(2);
  return device;
}

describe('GET /api/v1/devices/:device/explain', () => {
  it('says that all is well, for the device and for a channel', async () => {
    const hub = await startTestHub();
    await openDevice(hub);
    expect(await explained(hub)).toMatchObject({ ok: true, findings: [], backlog: null });
    const { summary } = await explained(hub, 'pi-1', 'boiler/temperature');
    expect(summary).toMatch(/^pi-1 boiler\/temperature arrives, the last reading was taken/);
  });

  it('names what is near to a device or a channel that is not known', async () => {
    const hub = await startTestHub();
    await openDevice(hub);
    expect((await explained(hub, 'pi-2')).summary).toMatch(/known are pi-1/);
    expect((await explained(hub, 'pi-1', 'boiler/temp')).summary).toMatch(/it has boiler\/temperature/);
  });

  it('tells how the last connection ended', async () => {
    const hub = await startTestHub();
    const device = await openDevice(hub);
    device.socket.close(1001, 'the agent stops');
    await waitFor(async () => !(await explained(hub)).ok);
    expect((await explained(hub)).summary).toMatch(/ended by the device with 1001: "the agent stops"/);
    (await openDevice(hub)).socket.terminate();
    await waitFor(async () => !(await explained(hub)).ok);
    expect((await explained(hub)).summary).toMatch(/broke off without a word/);
  });

  it('knows of a device that never got in, by the name that it gives', async () => {
    const hub = await startTestHub({
      tokens: [{ name: 'for-others', role: 'device', token: 'x'.repeat(20), device: 'lab-*' }],
    });
    await expect(
      WireDevice.connect({ ...hub, url: hub.url }, { token: 'wrong', query: '?device=pi-1' }),
    ).rejects.toThrow();
    expect(codes(await explained(hub))).toEqual(['device.token_unknown', 'device.unknown']);
    const other = await WireDevice.connect(hub, { token: 'x'.repeat(20) });
    other.hello();
    await other.closed();
    const answer = await explained(hub);
    expect(codes(answer)).toEqual(['device.token_other', 'device.token_unknown', 'device.unknown']);
    expect(answer.summary).toMatch(/the token "for-others" is for another device/);
  });

  it('finds two machines with one name', async () => {
    const hub = await startTestHub();
    for (let i = 0; i < 4; i++) await openDevice(hub);
    expect(await explained(hub)).toMatchObject({ findings: [{ code: 'device.twins', severity: 'warning' }] });
  });

  it('tells what was refused, and of the backlog how far it has got', async () => {
    const hub = await startTestHub();
    const device = await openDevice(hub, [1, 50]);
    device.readings(3, [1, 2], 0, 9);
    for (let seq = 4; seq <= 10; seq++) device.readings(seq, [1, 2, 3]);
    await device.acked(10);
    const answer = await explained(hub);
    expect(codes(answer)).toEqual(['frames.rejected', 'backlog.draining']);
    expect(answer.findings[0]?.message).toMatch(/1 frame .*protocol\.unknown_channel/);
    expect(answer.backlog).toMatchObject({
      frames: 40,
      readings: 88,
      stalled: null,
      end_us: expect.any(Number) as number,
    });
    const { body } = await request(hub, '/api/v1/devices/pi-1');
    expect(body).toMatchObject({
      device: 'pi-1',
      state: 'online',
      backlog_frames: 40,
      backlog_end_us: expect.any(Number) as number,
    });
    device.socket.terminate();
    await waitFor(async () => (await explained(hub)).backlog?.stalled !== null);
    expect((await explained(hub)).backlog).toMatchObject({ frames: 40, end_us: null, end_in_s: null });
  });

  it('hears from the device itself that a port is gone and that bytes are thrown away', async () => {
    const hub = await startTestHub();
    const device = await openDevice(hub);
    const channels = [
      { index: 1, name: 'boiler/port', type: 'text', unit: '', intervalMs: null },
      { index: 2, name: 'boiler/discarded_bytes', type: 'number', unit: 'B', intervalMs: null },
    ] as const;
    device.send({ type: 'describe', epoch: 0, seq: 3, channels: [...channels] });
    device.send({
      ...{ type: 'readings', epoch: 0, seq: 4 },
      columns: [
        { channel: 1, times: [5e6], values: ['waiting: /dev/ttyUSB0 is not there'] },
        { channel: 2, times: [5e6], values: [351] },
      ],
    });
    await device.acked(4);
    const answer = await explained(hub, 'pi-1', 'boiler/temperature');
    expect(codes(answer)).toEqual(['port.waiting', 'port.discards']);
    expect(answer.summary).toMatch(/boiler is waiting .*: \/dev\/ttyUSB0 is not there/);
  });

  it('needs a token, and answers a name that is none like one that is unknown', async () => {
    const hub = await startTestHub();
    expect((await request(hub, '/api/v1/devices/pi-1/explain', { token: 'wrong' })).status).toBe(401);
    expect(codes(await explained(hub, encodeURIComponent('\u001b[2J')))).toEqual(['device.unknown']);
    expect((await request(hub, '/api/v1/devices/nobody')).body).toMatchObject({
      error: { code: 'hub.not_found' },
    });
  });
});
