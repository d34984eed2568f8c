import { CloseCode, ErrorCode, GapReason, encodeFrame, vectors } from '@weir/protocol';
import { describe, expect, it } from 'vitest';
import { FakeHub } from '../simulation/fake-hub.testing.js';
import { Rig } from '../simulation/rig.testing.js';

const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

async function streaming(rig: Rig): Promise<void> {
  await rig.time.until(() => rig.device.stats().state === 'streaming', 'streaming', 200_000);
}

describe('a session', () => {
  it('says hello, describes, synchronises, then sends what is read, and frees what is acknowledged', async () => {
    const rig = new Rig();
    const device = await rig.start();
    const states: string[] = [];
    device.onState((state) => states.push(state));
    await rig.take(20);
    await rig.time.pass(200);
    expect(rig.hub.values).toEqual(rig.numbers);
    expect(rig.hub.violations).toEqual([]);
    expect(rig.hub.hellos).toHaveLength(1);
    expect(rig.hub.received[0]).toMatchObject({ type: 'describe', seq: 1 });
    expect(states).toEqual(['greeting', 'syncing', 'streaming']);
    expect(device.stats()).toMatchObject({
      connected: true,
      readings_recorded: 20,
      readings_sent: 20,
      readings_acked: 20,
      backlog_frames: 0,
    });
    await device.drained();
  });

  it('names epochs by index on the wire', async () => {
    const rig = new Rig();
    await rig.start();
    await rig.take(1);
    const [hello] = rig.hub.hellos;
    const ids = rig.hub.received.map(({ epoch }) => epoch);
    expect(new Set(ids)).toEqual(new Set([hello!.epochs[0]!.epoch]));
    expect(ids[0]).toBeGreaterThanOrEqual(2 ** 32);
  });

  it('keeps readings back until the hub has the first anchor', async () => {
    const rig = new Rig();
    rig.hub.answersProbes = false;
    rig.wire.latencyMs = 100;
    await rig.start();
    await rig.take(10);
    expect(rig.hub.received.map(({ type }) => type)).toEqual(['describe']);
    expect(rig.device.stats().state).toBe('syncing');
    rig.hub.answersProbes = true;
    await rig.time.pass(25_000);
    expect(sorted(rig.hub.values)).toEqual(rig.numbers);
    expect(rig.hub.violations).toEqual([]);
  });

  it('tells ack listeners how many readings, taken when', async () => {
    const rig = new Rig();
    const device = await rig.start();
    await streaming(rig);
    await rig.take(1); // The first of a channel waits for its description to be acknowledged.
    const acks: [number, number][] = [];
    device.onAck((readings, takenUs, ackedUs) => acks.push([readings, ackedUs - takenUs]));
    await rig.take(3);
    await rig.time.pass(100);
    // 50 ms in the batcher, 5 ms there, 5 ms back.
    expect(acks).toEqual([
      [1, 60_000],
      [1, 60_000],
      [1, 60_000],
    ]);
  });

  it('takes acks in any order', async () => {
    const rig = new Rig();
    await rig.start();
    await rig.take(1);
    rig.hub.acks = false;
    await rig.take(20);
    rig.hub.session!.ackAll('newest');
    await rig.time.pass(100);
    expect(rig.device.stats()).toMatchObject({ readings_acked: 21, backlog_frames: 0 });
  });

  it('ends when the hub breaks the protocol, and comes back', async () => {
    const rig = new Rig();
    await rig.start();
    await streaming(rig);
    rig.wire.current!.deliver(new Uint8Array([0xff, 0x00]));
    expect(rig.wire.current!.closedByDevice?.code).toBe(CloseCode.protocolError);
    expect(rig.device.stats().reason).toContain('malformed');
    await streaming(rig);
    rig.wire.current!.deliver('{"type":"ack"}');
    expect(rig.wire.current!.closedByDevice?.code).toBe(CloseCode.protocolError);
  });

  it('never settles what it did not write, whatever range an ack names', async () => {
    const rig = new Rig();
    await rig.start();
    await streaming(rig);
    rig.hub.session!.send({ type: 'ack', credit: 64, stored: [{ epoch: 0, range: [1, 0xffff_ffff] }] });
    await rig.take(5);
    await rig.time.pass(100);
    expect(rig.hub.values).toEqual(rig.numbers);
    rig.hub.session!.send({ type: 'ack', credit: 64, stored: [{ epoch: 7, range: [1, 2] }] });
    const connection = rig.wire.current!;
    await rig.time.pass(20);
    expect(connection.closedByDevice?.code).toBe(CloseCode.protocolError);
  });
});

describe('every golden vector that a hub may send', () => {
  const cases = vectors();

  it.each(
    cases.filter(({ limits }) => limits.frameBytes === 1_048_576).map((each) => [each.name, each] as const),
  )('%s', async (_, vector) => {
    const rig = new Rig();
    await rig.start();
    await streaming(rig);
    const connection = rig.wire.current!;
    connection.deliver(vector.bytes);
    const fromHub = ['ack', 'reject', 'command', 'configure', 'probeReply', 'goodbye'];
    const epochs =
      vector.frame?.type === 'ack'
        ? vector.frame.stored.map(({ epoch }) => epoch)
        : vector.frame?.type === 'reject' && vector.frame.epoch !== null
          ? [vector.frame.epoch]
          : [];
    const acceptable =
      vector.frame !== null &&
      fromHub.includes(vector.frame.type) &&
      epochs.every((epoch) => epoch === 0 || epoch >= 2 ** 32);
    if (acceptable) expect(connection.closedByDevice?.code ?? CloseCode.normal).toBe(CloseCode.normal);
    else expect(connection.closedByDevice?.code).toBe(CloseCode.protocolError);
  });

  it('covers acceptance and refusal', () => {
    expect(cases.some(({ frame }) => frame?.type === 'ack')).toBe(true);
    expect(cases.some(({ error }) => error !== null)).toBe(true);
  });
});

describe('credit', () => {
  it('is never exceeded, and nothing goes without it', async () => {
    const rig = new Rig();
    rig.hub.credit = 4;
    await rig.start();
    await rig.take(1);
    rig.hub.acks = false;
    await rig.take(30);
    expect(rig.hub.session!.unacked).toBe(4);
    rig.hub.session!.grant(0);
    rig.hub.session!.ackAll();
    await rig.time.pass(1_000);
    expect(rig.hub.session!.unacked).toBe(0);
    rig.hub.acks = true;
    rig.hub.session!.grant(8);
    await rig.time.pass(1_000);
    expect(sorted(rig.hub.values)).toEqual(rig.numbers);
    expect(rig.hub.violations).toEqual([]);
  });

  it('sends live readings first, with a large backlog behind them', async () => {
    const rig = new Rig({ spool: { dir: '/spool', commitDelayMs: 0 } });
    rig.wire.up = false;
    await rig.start();
    await rig.take(2_000, 60);
    rig.wire.up = true;
    rig.hub.credit = 8;
    rig.wire.latencyMs = 20;
    await streaming(rig);
    const before = rig.taken;
    await rig.take(50, 100);
    await rig.time.pass(200);
    const backlogLeft = before - rig.hub.values.filter((value) => value < before).length;
    const live = rig.hub.values.filter((value) => value >= before);
    expect(backlogLeft).toBeGreaterThan(200);
    expect(live).toEqual(rig.numbers.slice(before));
    await rig.time.until(() => rig.device.stats().backlog_frames === 0, 'drained');
    expect(sorted(rig.hub.values)).toEqual(rig.numbers);
    expect(rig.hub.violations).toEqual([]);
  });

  it('waits for a congested socket', async () => {
    const rig = new Rig();
    rig.wire.up = false;
    await rig.start();
    await rig.take(500, 60);
    rig.wire.congestedBytes = 100;
    rig.wire.up = true;
    await rig.time.until(() => rig.device.stats().backlog_frames === 0, 'drained');
    expect(sorted(rig.hub.values)).toEqual(rig.numbers);
  });
});

describe('rejects', () => {
  it('drop the frame, are counted, and leave the session alone', async () => {
    const rig = new Rig();
    rig.hub.refuses = (frame) =>
      frame.type === 'readings' && frame.seq % 2 === 0
        ? { code: ErrorCode.valueType, limit: null, value: 0, message: 'no' }
        : null;
    await rig.start();
    await rig.take(10);
    await rig.time.pass(100);
    expect(rig.device.stats()).toMatchObject({
      readings_sent: 10,
      readings_rejected: 5,
      readings_acked: 5,
      backlog_frames: 0,
      sessions: 1,
    });
    expect(rig.hub.received.filter(({ type }) => type === 'readings')).toHaveLength(10);
  });
});

describe('a channel that the hub refuses', () => {
  const conflict = {
    code: ErrorCode.channelConflict,
    limit: null,
    value: 'mixed/bad',
    message: 'other unit',
  };

  /** Takes readings of two channels that share frames. */
  async function takeMixed(rig: Rig, count: number, first: number): Promise<void> {
    const output = rig.device.output('mixed');
    for (let i = first; i < first + count; i++) {
      output.reading('good', i, rig.clock.monotonicUs());
      output.reading('bad', -1, rig.clock.monotonicUs());
      await rig.time.pass(100);
    }
  }

  function refusingRig(spool: 'memory' | { dir: string; commitDelayMs: number }): Rig {
    const rig = new Rig({ spool });
    rig.hub.refuses = (frame) =>
      frame.type === 'describe' && frame.channels.some(({ name }) => name === 'mixed/bad') ? conflict : null;
    return rig;
  }

  it('costs no reading of the others, neither of those that wait nor of those to come', async () => {
    const rig = refusingRig('memory');
    rig.wire.up = false;
    const device = await rig.start();
    await takeMixed(rig, 20, 0);
    rig.wire.up = true;
    await streaming(rig);
    await takeMixed(rig, 20, 20);
    await rig.time.pass(1_000);
    expect(sorted(rig.hub.values)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(device.stats()).toMatchObject({
      readings_recorded: 80,
      readings_sent: 40,
      readings_acked: 40,
      readings_rejected: 40,
      backlog_frames: 0,
    });
    expect(rig.hub.violations).toEqual([]);
  });

  it('is remembered by the next run', async () => {
    const rig = refusingRig({ dir: '/spool', commitDelayMs: 0 });
    rig.wire.up = false;
    await rig.start();
    await takeMixed(rig, 20, 0);
    rig.wire.up = true;
    rig.hub.credit = 2;
    rig.hub.answersProbes = false;
    await rig.time.until(() => rig.hub.received.length === 2, 'both descriptions');
    await rig.time.pass(20);
    await rig.kill();
    rig.hub.answersProbes = true;
    rig.hub.credit = 64;
    await rig.start();
    await rig.time.until(() => rig.device.stats().backlog_frames === 0, 'drained');
    expect(sorted(rig.hub.values)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(rig.hub.violations).toEqual([]);
  });

  it('is left out for the session when its readings are refused', async () => {
    const rig = new Rig();
    rig.hub.refuses = (frame) =>
      frame.type === 'readings' && frame.columns.some(({ channel }) => channel === 1)
        ? { code: ErrorCode.unknownChannel, limit: null, value: 1, message: 'who?' }
        : null;
    await rig.start();
    await takeMixed(rig, 20, 0);
    await rig.time.pass(1_000);
    expect(sorted(rig.hub.values)).toEqual(Array.from({ length: 19 }, (_, i) => i + 1));
    expect(rig.device.stats()).toMatchObject({
      readings_rejected: 21,
      readings_acked: 19,
      backlog_frames: 0,
    });
  });
});

describe('a connection that ends', () => {
  it('is made anew, and what was not acknowledged is sent again', async () => {
    const rig = new Rig();
    await rig.start();
    await rig.take(5);
    rig.hub.acks = false;
    await rig.take(5);
    rig.wire.current!.cut();
    rig.hub.acks = true;
    await rig.take(5);
    await rig.time.until(() => rig.device.stats().backlog_frames === 0, 'drained');
    expect(sorted(rig.hub.values)).toEqual(rig.numbers);
    expect(rig.device.stats()).toMatchObject({ sessions: 2, readings_sent: 15, readings_acked: 15 });
    expect(rig.hub.violations).toEqual([]);
  });

  it('is not sent again what the welcome says is stored', async () => {
    const rig = new Rig();
    await rig.start();
    await rig.take(5);
    rig.hub.acks = false;
    await rig.take(5);
    const sent = rig.hub.received.length;
    // Stored, but the ack is lost with the connection.
    rig.wire.current!.freeze();
    rig.hub.session!.ackAll();
    rig.wire.current!.cut();
    await streaming(rig);
    await rig.time.pass(1_000);
    expect(rig.hub.received).toHaveLength(sent);
    expect(rig.device.stats()).toMatchObject({ readings_acked: 10, backlog_frames: 0 });
  });

  it('describes again to a hub that has lost its memory', async () => {
    const rig = new Rig();
    await rig.start();
    await rig.take(5);
    rig.hub.epochs.clear();
    rig.wire.current!.cut();
    await rig.take(5);
    await rig.time.until(() => rig.device.stats().backlog_frames === 0, 'drained');
    expect(rig.hub.violations).toEqual([]);
  });

  it('is noticed when it is half open', async () => {
    const rig = new Rig();
    await rig.start();
    await streaming(rig);
    const dead = rig.wire.current!;
    dead.freeze();
    await rig.take(200, 100);
    expect(dead.terminated).toBe(false);
    await rig.time.pass(11_000);
    expect(dead.terminated).toBe(true);
    await rig.time.until(() => rig.device.stats().backlog_frames === 0, 'drained');
    expect(sorted(rig.hub.values)).toEqual(rig.numbers);
  });

  it('stays when it is idle, by probes alone', async () => {
    const rig = new Rig();
    await rig.start();
    await rig.time.pass(600_000);
    expect(rig.wire.attempts).toBe(1);
    expect(rig.device.stats().clock_uncertainty_us).toBeLessThan(5_000 + 3_000);
  });

  it('is tried again at growing delays that start over only after a stable session', async () => {
    const rig = new Rig();
    rig.wire.up = false;
    await rig.start();
    await rig.time.pass(300_000);
    const { attemptsAtMs } = rig.wire;
    const gaps = attemptsAtMs.slice(1).map((at, i) => at - attemptsAtMs[i]!);
    expect(Math.max(...gaps.slice(0, 2))).toBeLessThanOrEqual(1_100);
    expect(Math.max(...gaps)).toBeGreaterThan(8_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(60_100);
    rig.wire.up = true;
    await streaming(rig);
    // A session too short to count as a good one: the next delay may still be long.
    const unstable: number[] = [];
    for (let i = 0; i < 8; i++) {
      rig.wire.current!.cut();
      const cutMs = rig.time.monotonicUs() / 1000;
      await streaming(rig);
      unstable.push(rig.wire.attemptsAtMs.at(-1)! - cutMs);
    }
    expect(Math.max(...unstable)).toBeGreaterThan(2_000);
    await rig.time.pass(31_000);
    rig.wire.current!.cut();
    const cutMs = rig.time.monotonicUs() / 1000;
    await streaming(rig);
    expect(rig.wire.attemptsAtMs.at(-1)! - cutMs).toBeLessThanOrEqual(500);
  });

  it.each([401, 403])('after HTTP %i is tried again rarely', async (status) => {
    const rig = new Rig();
    rig.wire.refusal = { status, retryAfterMs: null };
    await rig.start();
    await rig.time.pass(300_000);
    expect(rig.wire.attempts).toBeGreaterThanOrEqual(4);
    expect(rig.wire.attempts).toBeLessThanOrEqual(11);
    expect(rig.device.stats()).toMatchObject({ connected: false, reason: `HTTP ${status}` });
  });

  it('after HTTP 503 waits as long as Retry-After says', async () => {
    const rig = new Rig();
    rig.wire.refusal = { status: 503, retryAfterMs: 20_000 };
    await rig.start();
    await rig.time.pass(19_000);
    expect(rig.wire.attempts).toBe(1);
    await rig.time.pass(6_000);
    expect(rig.wire.attempts).toBe(2);
  });

  it('after goodbye comes back when it was told to', async () => {
    const rig = new Rig();
    await rig.start();
    await streaming(rig);
    const code = CloseCode.serviceRestart;
    rig.hub.session!.send({ type: 'goodbye', code, retryAfterMs: 7_000, message: 'restart' });
    await rig.time.pass(6_900);
    expect(rig.wire.attempts).toBe(1);
    await rig.time.pass(200);
    expect(rig.wire.attempts).toBe(2);
  });

  it.each(['goodbye', 'close'])('that another agent took over is not fought for (%s)', async (how) => {
    const rig = new Rig();
    await rig.start();
    await streaming(rig);
    const code = CloseCode.replaced;
    if (how === 'close') rig.wire.current!.cut(code, 'replaced');
    else rig.hub.session!.send({ type: 'goodbye', code, retryAfterMs: 0, message: 'replaced' });
    await rig.time.pass(10);
    await rig.time.pass(29_000);
    expect(rig.wire.attempts).toBe(1);
    await rig.time.pass(62_000);
    expect(rig.wire.attempts).toBe(2);
  });

  it("is not made again after close, and what is read then is nobody's", async () => {
    const rig = new Rig();
    const device = await rig.start();
    await streaming(rig);
    const waiting = device.drained();
    await waiting;
    rig.hub.acks = false;
    await rig.take(1);
    const drained = device.drained();
    const rejected = expect(drained).rejects.toMatchObject({ code: 'agent.closed' });
    const connection = rig.wire.current!;
    await rig.stop();
    await rejected;
    expect(connection.closedByDevice?.code).toBe(CloseCode.goingAway);
    device.output('sensor').reading('value', 1, rig.clock.monotonicUs());
    await rig.time.pass(600_000);
    expect(rig.wire.attempts).toBe(1);
  });
});

describe('commands', () => {
  it('are answered with the id they came with, and a fault with its message', async () => {
    const rig = new Rig({
      command: ({ name, value }) =>
        name === 'set'
          ? Promise.resolve(`set to ${String(value)}`)
          : Promise.reject(new Error('no such thing')),
    });
    await rig.start();
    await streaming(rig);
    rig.hub.session!.send({ type: 'command', id: 7, name: 'set', channel: 'relay/1', value: true });
    rig.hub.session!.send({ type: 'command', id: 8, name: 'dance', channel: null, value: null });
    await rig.take(1);
    const channels = [{ name: 'sensor/value', intervalMs: 1_000, deadband: null }];
    rig.hub.session!.send({ type: 'configure', id: 9, channels });
    rig.hub.session!.send({ type: 'configure', id: 10, channels: [{ ...channels[0]!, name: 'no/such' }] });
    await rig.time.pass(100);
    expect(rig.hub.replies).toEqual([
      { type: 'reply', id: 7, ok: true, message: 'set to true' },
      { type: 'reply', id: 8, ok: false, message: 'no such thing' },
      { type: 'reply', id: 9, ok: true, message: '1 channels configured' },
      { type: 'reply', id: 10, ok: false, message: 'no channel is named "no/such"' },
    ]);
    await rig.take(20, 100);
    expect(rig.hub.values.length).toBeLessThan(8);
  });

  it('have a bound', async () => {
    const rig = new Rig({
      command: ({ name }) => {
        if (name === 'throw') throw new Error('at once');
        return new Promise(() => undefined);
      },
    });
    await rig.start();
    await streaming(rig);
    rig.hub.session!.send({ type: 'command', id: 99, name: 'throw', channel: null, value: null });
    await rig.time.pass(50);
    expect(rig.hub.replies.splice(0)).toEqual([{ type: 'reply', id: 99, ok: false, message: 'at once' }]);
    for (let id = 0; id < 20; id++)
      rig.hub.session!.send({ type: 'command', id, name: 'set', channel: 'a/b', value: 1 });
    await rig.time.pass(50);
    expect(rig.hub.replies).toHaveLength(4);
    expect(rig.hub.replies[0]).toMatchObject({ id: 16, ok: false });
  });
});

describe('the fake hub', () => {
  it('finds what breaks the rules', () => {
    const hub = new FakeHub(() => 0);
    const session = hub.open({ send: () => undefined });
    const gap = {
      type: 'gap',
      epoch: 0,
      seq: 1,
      lostEpoch: 0,
      lost: [1, 1],
      reason: GapReason.spoolAge,
    } as const;
    session.receive(encodeFrame(gap));
    expect(hub.violations).toContain('gap before hello');
  });
});
