import { describe, expect, it } from 'vitest';
import { nextDeliveries } from '../api/command-delivery.js';
import { DeviceEntry } from '../registry/device.js';
import { ManualTime } from '../session/rig.testing.js';
import { CommandBoard } from './command-board.js';
import type { Command, CommandResult, Order } from './pending-commands.js';

const PING: Order = { name: 'ping', channel: null, value: null };
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};

class Rig {
  readonly time = new ManualTime();
  readonly device = new DeviceEntry(1, 'pi-1');
  readonly sent: Command[] = [];
  isConnected = false;
  readonly #connection = { command: (command: Command): void => void this.sent.push(command) };
  readonly board = new CommandBoard({
    ...{ clock: this.time, timers: this.time, timeoutMs: 10_000, listenersMax: 2 },
    connectionOf: () => (this.isConnected ? this.#connection : undefined),
  });

  issue(timeoutMs?: number): Promise<CommandResult> {
    return this.board.issue(this.device, PING, timeoutMs);
  }

  /** What a request gets: ids, and which of them came again. */
  take(after = 0): [id: number, again: boolean][] {
    return this.board.take(this.device, after).map(({ command, again }) => [command.id, again]);
  }

  poll(waitMs: number, { after = 0, device = this.device, signal = new AbortController().signal } = {}) {
    const { board, time: timers } = this;
    return nextDeliveries({ board, device, after, timers }, waitMs, signal);
  }

  connect(): void {
    this.isConnected = true;
    this.board.connected(this.device);
  }

  disconnect(): void {
    this.isConnected = false;
    this.board.disconnected(this.device);
  }
}

describe('a command to a device that asks for it', () => {
  it('comes with each request until it is answered, then no more', async () => {
    const rig = new Rig();
    rig.take();
    const first = rig.issue();
    const second = rig.issue();
    expect(rig.take()).toEqual([
      [1, false],
      [2, false],
    ]);
    expect(rig.take()).toEqual([
      [1, true],
      [2, true],
    ]);
    expect(rig.take(1)).toEqual([[2, true]]);
    expect(rig.take(2)).toEqual([]);
    expect(rig.board.answered(rig.device, { id: 1, ok: true, message: 'pong' })).toBe(true);
    await expect(first).resolves.toEqual({ ok: true, message: 'pong' });
    expect(rig.board.answered(rig.device, { id: 1, ok: false, message: 'again' })).toBe(false);
    expect(rig.take()).toEqual([[2, true]]);
    rig.time.pass(10_001);
    await expect(second).rejects.toMatchObject({
      code: 'hub.command_timeout',
      message: 'pi-1 did not answer within 10000 ms',
    });
    expect(rig.take()).toEqual([]);
  });

  it('that never came for it was not carried out, and the error says so', async () => {
    const rig = new Rig();
    rig.take();
    const command = rig.issue(20_000);
    rig.time.pass(20_001);
    await expect(command).rejects.toMatchObject({
      code: 'hub.command_timeout',
      message: expect.stringContaining('was not carried out') as string,
    });
  });

  it('waits for one that asked lately; one that never did, or long ago, is offline', async () => {
    const rig = new Rig();
    await expect(rig.issue()).rejects.toMatchObject({ code: 'hub.device_offline' });
    rig.take();
    rig.time.pass(60_001);
    await expect(rig.issue()).rejects.toMatchObject({ code: 'hub.device_offline' });
    // Who waits two minutes for the answer of a device gives it two minutes to ask again.
    const patient = rig.issue(120_000);
    expect(rig.take()).toHaveLength(1);
    rig.board.answered(rig.device, {
      id: rig.board.take(rig.device, 0)[0]?.command.id ?? 0,
      ok: true,
      message: '',
    });
    await expect(patient).resolves.toEqual({ ok: true, message: '' });
  });

  it('comes at once to a request that waits; without one the request ends empty at its time', async () => {
    const rig = new Rig();
    const waiting = rig.poll(30_000);
    await settled();
    expect(rig.board.listening).toBe(1);
    void rig.issue().catch(() => undefined);
    expect((await waiting).map(({ command }) => command.id)).toEqual([1]);
    expect(rig.board.listening).toBe(0);
    const empty = rig.poll(5_000, { after: 1 });
    await settled();
    rig.time.pass(5_001);
    expect(await empty).toEqual([]);
  });

  it('is not taken for a device that hung up while it waited', async () => {
    const rig = new Rig();
    const abort = new AbortController();
    const waiting = rig.poll(30_000, { signal: abort.signal });
    await settled();
    void rig.issue().catch(() => undefined);
    abort.abort();
    expect(await waiting).toEqual([]);
    expect(rig.take()).toEqual([[1, false]]);
  });

  it('goes to the newer of two requests that wait: the older ends', async () => {
    const rig = new Rig();
    const older = rig.poll(30_000);
    await settled();
    const newer = rig.poll(30_000);
    await expect(older).rejects.toMatchObject({ code: 'hub.replaced' });
    expect(rig.board.listening).toBe(1);
    void rig.issue().catch(() => undefined);
    expect(await newer).toHaveLength(1);
  });

  it('is bounded: so many unanswered for a device, so many requests that wait', async () => {
    const rig = new Rig();
    rig.take();
    const all = Array.from({ length: 65 }, () => rig.issue());
    await expect(all[64]).rejects.toMatchObject({ code: 'hub.too_many_commands' });
    const others = [2, 3, 4].map((id) => new DeviceEntry(id, `pi-${id}`));
    const polls = others.map((device) => rig.poll(30_000, { device }));
    await expect(polls[2]).rejects.toMatchObject({ code: 'hub.busy', details: { limit: 2 } });
    const over = [...all.slice(0, 64), ...polls.slice(0, 2)].map((each) =>
      expect(each).rejects.toMatchObject({ code: 'hub.stopping' }),
    );
    rig.board.close();
    await Promise.all(over);
    await expect(rig.issue()).rejects.toMatchObject({ code: 'hub.device_offline' });
    await expect(rig.poll(1_000)).rejects.toMatchObject({ code: 'hub.stopping' });
  });
});

describe('a device that connects while it has commands', () => {
  it('gets over the connection what no request took, and answers either way', async () => {
    const rig = new Rig();
    rig.take();
    const [first, second] = [rig.issue(), rig.issue()];
    rig.board.take(rig.device, 1);
    rig.connect();
    expect(rig.sent.map(({ id }) => id)).toEqual([1]);
    expect(rig.take(), 'the one that it took over HTTP').toEqual([[2, true]]);
    rig.board.answered(rig.device, { id: 1, ok: true, message: 'a' });
    rig.board.answered(rig.device, { id: 2, ok: true, message: 'b' });
    expect(await Promise.all([first, second])).toEqual([
      { ok: true, message: 'a' },
      { ok: true, message: 'b' },
    ]);
  });

  it('loses with the connection what that took, and keeps what a request took', async () => {
    const rig = new Rig();
    rig.take();
    const kept = rig.issue();
    rig.take();
    rig.connect();
    const lost = rig.issue();
    rig.disconnect();
    await expect(lost).rejects.toMatchObject({ code: 'hub.device_offline' });
    expect(rig.take()).toEqual([[1, true]]);
    rig.board.answered(rig.device, { id: 1, ok: true, message: '' });
    await expect(kept).resolves.toMatchObject({ ok: true });
  });
});
