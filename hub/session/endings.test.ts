/** What is remembered of connections that ended or never began, for `weir explain`. */
import { CloseCode } from '@weir/protocol';
import { describe, expect, it } from 'vitest';
import { EPOCH, NOW_US, SessionRig } from './rig.testing.js';

const history = (rig: SessionRig) => rig.registry.devices.get('pi-1')!.history;

describe('the end of a connection', () => {
  it('by the device, with its code', () => {
    const rig = new SessionRig();
    const peer = rig.open();
    rig.time.pass(2_000);
    peer.session.closed({ by: 'device', code: 1001, reason: 'the agent stops' });
    expect(history(rig).last).toEqual({
      ...{ by: 'device', code: 1001, reason: 'the agent stops' },
      ...{ sinceUs: NOW_US, atUs: NOW_US + 2e6, remote: '192.0.2.1' },
    });
  });

  it('without a word', () => {
    const rig = new SessionRig();
    rig.open().ended();
    expect(history(rig).last).toMatchObject({ by: 'network', code: null });
  });

  it('by the hub, for its silence', () => {
    const rig = new SessionRig({ deadlineMs: 24_000 });
    rig.open();
    rig.time.pass(60_000);
    expect(history(rig).last).toMatchObject({
      ...{ by: 'hub', code: CloseCode.timeout, reason: 'nothing came for 24000 ms' },
    });
  });

  it('by the hub, for abuse', () => {
    const rig = new SessionRig();
    rig.open().hello();
    expect(history(rig).last).toMatchObject({
      by: 'hub',
      code: CloseCode.protocolError,
      reason: 'a second hello',
    });
  });
});

describe('takeovers', () => {
  it('are remembered with both addresses, not as ends', () => {
    const rig = new SessionRig();
    rig.open();
    rig.time.pass(1_000);
    const second = rig.connect();
    second.hello();
    expect(history(rig).takeoversSince(0)).toEqual([
      { atUs: NOW_US + 1e6, from: '192.0.2.1', to: '192.0.2.1' },
    ]);
    expect(history(rig).last).toBeNull();
    for (let i = 0; i < 40; i++) rig.connect().hello();
    expect(history(rig).takeoversSince(0)).toHaveLength(16);
    expect(history(rig).takeoversSince(NOW_US + 2e6)).toHaveLength(0);
  });
});

describe('connections that came to nothing', () => {
  it('one that says nothing', () => {
    const rig = new SessionRig();
    rig.connect();
    rig.time.pass(10_000);
    expect(rig.refusals.of('pi-1', '192.0.2.1')).toMatchObject([{ code: 'hub.no_hello', holder: 'test' }]);
  });

  it('one whose token is for another device', () => {
    const rig = new SessionRig();
    const peer = rig.connect({
      name: 'lab',
      role: 'device',
      device: 'pi-2',
      mayBe: (name) => name === 'pi-2',
    });
    peer.hello();
    expect(rig.refusals.of('pi-1', null)).toMatchObject([
      { code: 'protocol.device_mismatch', holder: 'lab', message: expect.stringContaining('lab') as string },
    ]);
  });
});

describe('the backlog of a session', () => {
  const held = { epoch: EPOCH, held: [1, 10], anchor: null, deviceUtcUs: null } as const;
  const backlog = (rig: SessionRig) => rig.registry.devices.get('pi-1')!.backlog;

  it('counts each frame down once, leaves out new ones, and what the device gives up', () => {
    const rig = new SessionRig();
    const peer = rig.connect();
    peer.hello({ epochs: [held] });
    expect(backlog(rig).frames).toBe(10);
    peer.describe(1);
    peer.readings(2);
    peer.readings(2);
    peer.readings(11);
    expect(backlog(rig).frames).toBe(8);
    peer.say({ type: 'gap', epoch: 0, seq: 12, lostEpoch: 0, lost: [2, 5], reason: 1 });
    expect(backlog(rig).frames).toBe(5);
    expect(rig.registry.devices.get('pi-1')).toMatchObject({
      lost: 4,
      lastLoss: { reason: 1, lost: [2, 5] },
    });
  });

  it('is remembered when the connection goes, and taken anew at the next hello', () => {
    const rig = new SessionRig();
    const peer = rig.connect();
    peer.hello({ epochs: [held] });
    peer.describe(1);
    peer.ended();
    expect(backlog(rig).frames).toBe(9);
    rig.connect().hello({ epochs: [{ ...held, held: [4, 6] }] });
    expect(backlog(rig).frames).toBe(3);
  });

  it('tells what was refused, by code, with limit and value', () => {
    const rig = new SessionRig();
    const peer = rig.open();
    peer.say({ type: 'readings', epoch: 0, seq: 2, columns: [{ channel: 7, times: [5e6], values: [1] }] });
    expect(rig.registry.devices.get('pi-1')!.rejects.counts).toMatchObject([
      { code: 'protocol.unknown_channel', count: 1, lastUs: NOW_US, value: 7 },
    ]);
  });
});
