import { CloseCode, codeName, encodeFrame, ErrorCode, sessionVectors } from '@weir/protocol';
import { describe, expect, it } from 'vitest';
import { ClockSource, RecordKind } from '../ingest/record.js';
import { Returns } from '../listen/returns.js';
import type { CommandResult } from '../commands/pending-commands.js';
import { EPOCH, NOW_US, SessionRig } from './rig.testing.js';

const kinds = (rig: SessionRig): number[] => rig.log.records.map(({ kind }) => kind);

describe('a session', () => {
  it('acknowledges what is on disk and nothing before, contiguous sequences as one range', () => {
    const rig = new SessionRig();
    const peer = rig.connect();
    peer.hello();
    peer.describe(1);
    peer.readings(2);
    peer.readings(3);
    peer.readings(5);
    expect(peer.got('ack')).toEqual([]);
    rig.log.commit();
    expect(peer.got('ack')).toEqual([
      {
        type: 'ack',
        credit: 8,
        stored: [
          { epoch: 0, range: [1, 3] },
          { epoch: 0, range: [5, 5] },
        ],
      },
    ]);
  });

  it('acknowledges each part of the log as it becomes durable', () => {
    const rig = new SessionRig();
    const peer = rig.open();
    peer.readings(2);
    const half = rig.log.end;
    peer.readings(3);
    rig.log.commit(half);
    expect(peer.got('ack').flatMap(({ stored }) => stored)).toEqual([{ epoch: 0, range: [2, 2] }]);
    rig.log.commit();
    expect(
      peer
        .got('ack')
        .flatMap(({ stored }) => stored)
        .at(-1),
    ).toEqual({ epoch: 0, range: [3, 3] });
  });

  it('records the time from receipt to disk of each frame', () => {
    const rig = new SessionRig();
    const peer = rig.open();
    rig.latencies.length = 0;
    peer.readings(2);
    rig.time.pass(7);
    rig.log.commit();
    expect(rig.latencies).toEqual([7000]);
  });

  it('stores a frame once, however often it comes, and acknowledges it each time', () => {
    const rig = new SessionRig();
    const peer = rig.open();
    peer.readings(2);
    peer.readings(2);
    rig.log.commit();
    peer.readings(2);
    peer.session.flush();
    expect(rig.log.records.filter(({ seq }) => seq === 2)).toHaveLength(1);
    expect(peer.got('ack').map(({ stored }) => stored)).toEqual([
      [{ epoch: 0, range: [2, 2] }],
      [{ epoch: 0, range: [2, 2] }],
    ]);
    expect(rig.ingest.counts.duplicates).toBe(2);
  });

  it('tells a device that comes back what it need not send, and acknowledges what was in flight', () => {
    const rig = new SessionRig();
    const peer = rig.open();
    peer.readings(2);
    rig.log.commit();
    peer.readings(3);
    peer.ended();
    const again = rig.connect();
    again.hello({ epochs: [{ epoch: EPOCH, held: [2, 9], anchor: null, deviceUtcUs: null }] });
    expect(again.got('welcome')[0]?.settled).toEqual([[[2, 2]]]);
    again.readings(3);
    rig.log.commit();
    expect(again.got('ack')[0]?.stored).toEqual([{ epoch: 0, range: [3, 3] }]);
    expect(rig.log.records.filter(({ seq }) => seq === 3)).toHaveLength(1);
  });

  it('sends a reject when its record is on disk, and the same one when the frame comes again', () => {
    const rig = new SessionRig();
    const peer = rig.open();
    peer.say({ type: 'readings', epoch: 0, seq: 2, columns: [{ channel: 7, times: [1], values: [1] }] });
    expect(peer.got('reject')).toEqual([]);
    rig.log.commit();
    expect(peer.got('reject')[0]).toMatchObject({
      epoch: 0,
      seq: 2,
      code: ErrorCode.unknownChannel,
      value: 7,
    });
    peer.readings(2);
    expect(kinds(rig).filter((kind) => kind === RecordKind.rejected)).toHaveLength(1);
    expect(rig.log.records.at(-1)?.kind).toBe(RecordKind.rejected);
    const again = rig.connect();
    again.hello({ epochs: [{ epoch: EPOCH, held: [1, 2], anchor: null, deviceUtcUs: null }] });
    expect(again.got('welcome')[0]?.settled).toEqual([[[1, 1]]]);
    again.readings(2);
    again.session.flush();
    expect(again.got('ack')).toEqual([]);
    expect(again.got('reject')[0]).toMatchObject({ epoch: 0, seq: 2, code: ErrorCode.unknownChannel });
    expect(kinds(rig).filter((kind) => kind === RecordKind.rejected)).toHaveLength(1);
  });

  it('takes nothing while the log is full and loses nothing', () => {
    const rig = new SessionRig();
    const peer = rig.open();
    rig.log.full = true;
    expect(peer.readings(2)).toBe(false);
    expect(rig.registry.devices.get('pi-1')?.readings).toBe(0);
    rig.log.full = false;
    expect(peer.readings(2)).toBe(true);
    rig.log.commit();
    expect(peer.got('ack')[0]?.stored).toEqual([{ epoch: 0, range: [2, 2] }]);
  });

  it('does not say hello back while the log is full', () => {
    const rig = new SessionRig();
    rig.log.full = true;
    const peer = rig.connect();
    expect(peer.hello()).toBe(false);
    rig.log.full = false;
    expect(peer.hello()).toBe(true);
    expect(peer.got('welcome')).toHaveLength(1);
  });

  it('takes credit away while the disk is full and gives it back', () => {
    const rig = new SessionRig();
    const peer = rig.open();
    rig.log.enter('disk_full');
    rig.log.enter('ok');
    expect(peer.got('ack')).toEqual([
      { type: 'ack', credit: 0, stored: [] },
      { type: 'ack', credit: 8, stored: [] },
    ]);
  });

  it('ends a device that sends far more than its credit', () => {
    const rig = new SessionRig({ creditMax: 8 });
    const peer = rig.open();
    for (let seq = 2; seq <= 17; seq++) peer.readings(seq);
    expect(peer.closed).toBeNull();
    peer.readings(18);
    expect(peer.closed?.code).toBe(CloseCode.policyViolation);
  });

  it('gives the device to the newest connection', () => {
    const rig = new SessionRig();
    const old = rig.open();
    const fresh = rig.connect();
    fresh.hello();
    expect(old.closed?.code).toBe(CloseCode.replaced);
    expect(old.got('goodbye')[0]?.code).toBe(CloseCode.replaced);
    old.ended();
    expect(rig.presence.of(rig.ingest.device('pi-1', 0)).state).toBe('online');
    fresh.readings(2);
    rig.log.commit();
    expect(fresh.got('ack')).toHaveLength(1);
  });

  it('answers a probe with the time of receipt, and places readings by the anchor it brings', () => {
    const rig = new SessionRig();
    const peer = rig.open();
    const anchor = { monotonicUs: 5e6, utcUs: NOW_US + 40_000, uncertaintyUs: 900 };
    const receivedUs = NOW_US + 250;
    rig.time.pass(3);
    peer.session.receive(encodeFrame({ type: 'probe', sentUs: 77, anchor }), receivedUs);
    expect(peer.got('probeReply')[0]).toEqual({
      type: 'probeReply',
      sentUs: 77,
      receivedUtcUs: receivedUs,
      answeredUtcUs: NOW_US + 3000,
    });
    peer.readings(2);
    expect(rig.log.records.at(-1)).toMatchObject({
      offsetUs: NOW_US + 40_000 - 5e6,
      // And 100 ppm of the two seconds for which the offset is to serve.
      uncertaintyUs: 900 + 201,
      clockSource: ClockSource.synced,
    });
  });

  it('does not use an anchor that contradicts when the hello came', () => {
    const rig = new SessionRig();
    const peer = rig.open();
    peer.say({
      type: 'probe',
      sentUs: 1,
      anchor: { monotonicUs: 5e6, utcUs: NOW_US + 3600e6, uncertaintyUs: 900 },
    });
    peer.readings(2);
    expect(rig.log.records.at(-1)?.clockSource).toBe(ClockSource.bounded);
  });

  it('ends a silent device at the deadline and pings it before', () => {
    const rig = new SessionRig({ deadlineMs: 24_000 });
    const peer = rig.open();
    rig.time.pass(23_000);
    expect(peer.terminated).toBe(false);
    expect(peer.pings).toBeGreaterThan(0);
    rig.time.pass(24_000);
    expect(peer.terminated).toBe(true);
    expect(rig.presence.of(rig.ingest.device('pi-1', 0)).state).toBe('offline');
  });

  it('keeps a device that gives any sign of life, and one that it does not read', () => {
    const rig = new SessionRig({ deadlineMs: 24_000 });
    const alive = rig.open();
    const held = rig.connect();
    held.hello({ device: 'pi-2' });
    held.paused = true;
    for (let i = 0; i < 20; i++) {
      rig.time.pass(7_000);
      alive.session.heard();
    }
    expect(alive.terminated).toBe(false);
    expect(held.terminated).toBe(false);
  });

  it('ends a connection that says nothing', () => {
    const rig = new SessionRig();
    const peer = rig.connect();
    rig.time.pass(10_001);
    expect(peer.closed?.code).toBe(CloseCode.timeout);
  });

  it('correlates commands with replies, and gives up on silence and on a lost connection', async () => {
    const rig = new SessionRig();
    const peer = rig.open();
    const { session } = peer;
    const device = session.device ?? expect.fail('no device');
    const issue = (name: string, channel: string | null = null): Promise<CommandResult> =>
      rig.sessions.commands.issue(device, { name, channel, value: channel === null ? null : true });
    const first = issue('set', 'relay');
    const second = issue('ping');
    const [set, ping] = peer.got('command');
    expect(set).toEqual({ type: 'command', id: set?.id, name: 'set', channel: 'relay', value: true });
    peer.say({ type: 'reply', id: ping?.id ?? 0, ok: true, message: 'pong' });
    peer.say({ type: 'reply', id: set?.id ?? 0, ok: false, message: 'no such output' });
    await expect(first).resolves.toEqual({ ok: false, message: 'no such output' });
    await expect(second).resolves.toEqual({ ok: true, message: 'pong' });
    const late = issue('ping');
    rig.time.pass(10_001);
    await expect(late).rejects.toMatchObject({ code: 'hub.command_timeout' });
    const cut = issue('ping');
    peer.ended();
    await expect(cut).rejects.toMatchObject({ code: 'hub.device_offline' });
    await expect(issue('ping')).rejects.toMatchObject({ code: 'hub.device_offline' });
  });

  it('lets a command of a connection that was taken over fail: whether it was carried out nobody knows', async () => {
    const rig = new SessionRig();
    const peer = rig.open();
    const device = peer.session.device ?? expect.fail('no device');
    const cut = rig.sessions.commands.issue(device, { name: 'ping', channel: null, value: null });
    const newer = rig.connect();
    newer.hello();
    await expect(cut).rejects.toMatchObject({ code: 'hub.device_offline' });
    expect(newer.got('command')).toEqual([]);
  });

  it('says goodbye with a delay of its own to each device', () => {
    const rig = new SessionRig();
    const peers = ['a', 'b', 'c'].map((device) => {
      const peer = rig.connect();
      peer.hello({ device });
      return peer;
    });
    rig.sessions.dismiss(new Returns(4_000, 2));
    const goodbyes = peers.flatMap((peer) => peer.got('goodbye'));
    expect(goodbyes.map(({ code }) => code)).toEqual([1012, 1012, 1012]);
    const delays = goodbyes.map(({ retryAfterMs }) => retryAfterMs);
    expect(delays.sort((a, b) => a - b)).toEqual([4_000, 4_500, 5_000]);
  });

  it('turns away a device that would be one too many, without harm to it', () => {
    const rig = new SessionRig();
    for (let i = 0; i < 10; i++) rig.connect().hello({ device: `d${i}` });
    const surplus = rig.connect();
    surplus.hello({ device: 'd10' });
    expect(surplus.closed?.code).toBe(CloseCode.tryAgainLater);
  });

  it('takes one hello and no more', () => {
    const rig = new SessionRig();
    const peer = rig.open();
    peer.hello();
    expect(peer.closed?.code).toBe(CloseCode.protocolError);
  });

  it('speaks no other version', () => {
    const rig = new SessionRig();
    const peer = rig.connect();
    // hello of version 2: [1, 2, "pi-1", "", 5, []]
    peer.session.receive(Buffer.from('8601026470692d31600580', 'hex'), NOW_US);
    expect(peer.got('reject')[0]).toMatchObject({ code: ErrorCode.unsupportedVersion, limit: 1, value: 2 });
    expect(peer.closed?.code).toBe(CloseCode.protocolError);
  });
});

describe('refusals that depend on the frames before', () => {
  it.each(sessionVectors())('$name', ({ device, frames, error }) => {
    const rig = new SessionRig();
    const peer = rig.connect({ name: 'token', role: 'device', mayBe: (name) => name === device, device });
    for (const frame of frames) peer.session.receive(frame, NOW_US);
    rig.log.commit();
    const [reject, ...others] = peer.got('reject');
    expect(others).toEqual([]);
    expect(codeName(ErrorCode, reject?.code ?? 0)).toBe(error.code);
    // Null in a vector: the protocol leaves it open.
    if (error.limit !== null) expect(reject?.limit).toBe(error.limit);
    if (error.value !== null) expect(reject?.value).toBe(error.value);
  });
});
