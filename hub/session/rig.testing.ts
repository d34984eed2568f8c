/** A hub's inside without I/O: sessions over ports that only note what is asked of them, and a log in memory. */
import { decodeFrame, encodeFrame, LIMITS, type Frame, type Hello, type HubFrame } from '@weir/protocol';
import { seededEntropy, silentLogger, type Clock, type Timers } from '@weir/runtime';
import { Refusals } from '../auth/refusals.js';
import type { Holder } from '../auth/tokens.js';
import { Ingest } from '../ingest/ingest.js';
import { MemoryLog } from '../ingest/memory-log.testing.js';
import { Settlement } from '../ingest/settlement.js';
import { PresenceBoard } from '../registry/presence.js';
import { Registry } from '../registry/registry.js';
import type { SessionPort } from './port.js';
import type { Session } from './session.js';
import { SessionTable } from './session-table.js';

export const EPOCH = 2 ** 40;
export const NOW_US = 1_790_000_000e6;
const ANYONE: Holder = { name: 'test', role: 'admin', mayBe: () => true, device: null };

/** Time that stands still until it is told to move. */
export class ManualTime implements Clock, Timers {
  nowUs = 0;
  #due: { atUs: number; run: () => void }[] = [];

  monotonicUs(): number {
    return this.nowUs;
  }

  utcUs(): number {
    return NOW_US + this.nowUs;
  }

  after(ms: number, run: () => void): () => void {
    const entry = { atUs: this.nowUs + ms * 1000, run };
    this.#due.push(entry);
    return () => {
      this.#due = this.#due.filter((each) => each !== entry);
    };
  }

  /** Lets time pass; whatever is due runs at its time. */
  pass(ms: number): void {
    const endUs = this.nowUs + ms * 1000;
    for (;;) {
      const next = this.#due.filter(({ atUs }) => atUs <= endUs).sort((a, b) => a.atUs - b.atUs)[0];
      if (next === undefined) break;
      this.#due = this.#due.filter((each) => each !== next);
      this.nowUs = next.atUs;
      next.run();
    }
    this.nowUs = endUs;
  }
}

/** One device's end of a connection. */
export class TestPeer implements SessionPort {
  readonly sent: HubFrame[] = [];
  closed: { code: number; reason: string } | null = null;
  terminated = false;
  pings = 0;
  paused = false;
  flushes = 0;
  session!: Session;
  ended: () => void = () => undefined;
  readonly #time: ManualTime;
  readonly #ingest: Ingest;

  constructor(time: ManualTime, ingest: Ingest) {
    this.#time = time;
    this.#ingest = ingest;
  }

  send(frame: Uint8Array): void {
    this.sent.push(decodeFrame(frame) as HubFrame);
  }

  ping(): void {
    this.pings++;
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  terminate(): void {
    this.terminated = true;
    this.ended();
  }

  flushSoon(): void {
    this.flushes++;
  }

  /** Sends a frame to the hub, a burst by itself; false when it was not taken. */
  say(frame: Frame): boolean {
    const taken = this.sayInBurst(frame);
    this.#ingest.seal();
    return taken;
  }

  /** The same for one of several frames that come together. The burst ends with this turn, or with the next `say`. */
  sayInBurst(frame: Frame): boolean {
    return this.session.receive(encodeFrame(frame), this.#time.utcUs());
  }

  hello(more: Partial<Hello> = {}): boolean {
    const held = { epoch: EPOCH, held: null, anchor: null, deviceUtcUs: null };
    return this.say({
      type: 'hello',
      version: 1,
      device: 'pi-1',
      agent: 'test/1',
      monotonicUs: 5e6,
      epochs: [held],
      ...more,
    });
  }

  describe(seq: number, epoch = 0): boolean {
    const channel = {
      index: 0,
      name: 'boiler/temperature',
      type: 'number',
      unit: 'Cel',
      intervalMs: 1000,
    } as const;
    return this.say({ type: 'describe', epoch, seq, channels: [channel] });
  }

  readings(seq: number, value = 21.5, epoch = 0): boolean {
    return this.say({
      type: 'readings',
      epoch,
      seq,
      columns: [{ channel: 0, times: [5e6 + seq], values: [value] }],
    });
  }

  /** Frames of one type that were sent to this device. */
  got<T extends HubFrame['type']>(type: T): Extract<HubFrame, { type: T }>[] {
    return this.sent.filter((frame): frame is Extract<HubFrame, { type: T }> => frame.type === type);
  }
}

export class SessionRig {
  readonly time = new ManualTime();
  readonly log = new MemoryLog();
  readonly registry = new Registry({ devices: 10, series: 100, epochs: 1_000 });
  readonly presence = new PresenceBoard(this.registry, this.time);
  readonly refusals = new Refusals(this.time);
  readonly latencies: number[] = [];
  readonly ingest: Ingest;
  readonly sessions: SessionTable;

  constructor(settings: { creditMax?: number; deadlineMs?: number } = {}) {
    const { log, registry, presence, time } = this;
    const settlement = new Settlement(log, time, (us) => this.latencies.push(us));
    this.ingest = new Ingest({ log, registry, settlement, channelsMax: 8 });
    this.sessions = new SessionTable({
      settings: {
        deadlineMs: settings.deadlineMs ?? 24_000,
        helloTimeoutMs: 10_000,
        epochsMax: 16,
        frameLimits: LIMITS,
      },
      commands: { timeoutMs: 10_000, listenersMax: 3 },
      ingest: this.ingest,
      presence,
      refusals: this.refusals,
      ...{ clock: time, timers: time, entropy: seededEntropy(1), logger: silentLogger },
      creditMax: settings.creditMax ?? 8,
      writable: () => log.state === 'ok',
      lookAtClock: () => 0,
    });
    log.onState(() => this.sessions.grantCredit());
  }

  /** A new connection, nothing said yet. */
  connect(holder: Holder = ANYONE): TestPeer {
    const peer = new TestPeer(this.time, this.ingest);
    const upgradedUs = this.time.utcUs();
    const { session, ended } = this.sessions.begin(peer, { holder, remote: '192.0.2.1', upgradedUs });
    peer.session = session;
    peer.ended = ended;
    return peer;
  }

  /** A connection that has said hello and described its channel, all of it on disk. */
  open(): TestPeer {
    const peer = this.connect();
    peer.hello();
    peer.describe(1);
    this.log.commit();
    peer.sent.length = 0;
    return peer;
  }
}
