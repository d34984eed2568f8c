import {
  CloseCode,
  codeName,
  ErrorCode,
  type ClockAnchor,
  type Hello,
  type Reject,
  type Reply,
} from '@weir/protocol';
import type { Clock, Entropy, Logger, Timers } from '@weir/runtime';
import type { Ingest, Opened } from '../ingest/ingest.js';
import type { Arrival } from '../ingest/boot-clock.js';
import { CommandBoard, type CommandBoardParts } from '../commands/command-board.js';
import { Rate } from '../listen/rate.js';
import type { Returns } from '../listen/returns.js';
import type { DeviceEntry } from '../registry/device.js';
import type { PresenceBoard } from '../registry/presence.js';
import type { SessionHost, SessionSettings } from './host.js';
import type { SessionPort } from './port.js';
import { Session, type Peer } from './session.js';
import type { Refusals } from '../auth/refusals.js';
import type { ConnectionEnd } from '../registry/connection-history.js';

export interface SessionTableParts {
  readonly settings: SessionSettings;
  readonly commands: Pick<CommandBoardParts, 'timeoutMs' | 'listenersMax'>;
  readonly ingest: Ingest;
  readonly presence: PresenceBoard;
  readonly refusals: Refusals;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly entropy: Entropy;
  readonly logger: Logger;
  /** Credit of one device when there is plenty. */
  readonly creditMax: number;
  /** Finds out whether the hub's clock was set. Returns the UTC us since when it was not. */
  readonly lookAtClock: () => number;
  /** Is the log being written? If not, nobody gets credit. */
  readonly writable: () => boolean;
}

/** Unacknowledged frames of all devices together: what a crowd after an outage may have on the way. */
const CREDIT_TOTAL = 65_536;
const CREDIT_MIN = 4;
const TICKS_PER_DEADLINE = 3;
/** Sessions tick in this many groups, one after the other, so that ten thousand pings do not go out at once. */
const TICK_GROUPS = 8;
/** A device that the hub cannot serve just now comes back between these, ms. */
const RETRY_MS = { min: 1_000, max: 10_000 };
const REFUSAL_LINES_PER_SECOND = 2;

/** All sessions: who is there, whose turn it is, and what they need of the hub. */
export class SessionTable implements SessionHost {
  readonly settings: SessionSettings;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Commands to devices, those without a session too. */
  readonly commands: CommandBoard;
  readonly #parts: SessionTableParts;
  readonly #groups: Set<Session>[] = Array.from({ length: TICK_GROUPS }, () => new Set());
  readonly #byDevice = new Map<DeviceEntry, Session>();
  /** A device gone wrong refuses to stop: its refusals are all in the log of records, not all in the log of lines. */
  readonly #refusalLines: Rate;
  #turn = 0;
  #cancelTick: () => void = () => undefined;

  constructor(parts: SessionTableParts) {
    this.#parts = parts;
    this.settings = parts.settings;
    this.clock = parts.clock;
    this.timers = parts.timers;
    const { clock, timers, commands } = parts;
    const connectionOf = (device: DeviceEntry): Session | undefined => this.#byDevice.get(device);
    this.commands = new CommandBoard({ ...commands, clock, timers, connectionOf });
    this.#refusalLines = new Rate(REFUSAL_LINES_PER_SECOND, parts.clock);
    this.#scheduleTick();
  }

  get size(): number {
    return this.#groups.reduce((sum, group) => sum + group.size, 0);
  }

  /** A connection was accepted. `ended` must be called when it is gone. */
  begin(port: SessionPort, peer: Peer): { session: Session; ended: (end?: ConnectionEnd) => void } {
    const session = new Session(this, port, peer);
    const group = this.#groups.reduce((smallest, each) => (each.size < smallest.size ? each : smallest));
    group.add(session);
    const ended = (end?: ConnectionEnd): void => {
      group.delete(session);
      session.closed(end);
    };
    return { session, ended };
  }

  lookAtClock(): number {
    return this.#parts.lookAtClock();
  }

  /** The hub's clock was set by so much. */
  clockStepped(byUs: number): void {
    for (const session of this.#byDevice.values()) session.clockStepped(byUs);
  }

  /** The log can be written again, or no longer. */
  grantCredit(): void {
    for (const session of this.#byDevice.values()) session.grantCredit();
  }

  /** Tells every device that the hub goes, and when it is its turn to come back. */
  dismiss(returns: Returns): void {
    this.#cancelTick();
    this.commands.close();
    for (const group of this.#groups) {
      for (const session of group) {
        session.goodbye(CloseCode.serviceRestart, returns.take(), 'the hub is stopping');
      }
    }
  }

  credit(): number {
    if (!this.#parts.writable()) return 0;
    const share = Math.floor(CREDIT_TOTAL / Math.max(1, this.#byDevice.size));
    return Math.max(CREDIT_MIN, Math.min(this.#parts.creditMax, share));
  }

  retryAfterMs(): number {
    return this.#parts.entropy.integer(RETRY_MS.min, RETRY_MS.max);
  }

  open(hello: Hello, arrival: Arrival): Opened {
    return this.#parts.ingest.open(hello, arrival);
  }

  entered(session: Session, device: DeviceEntry, remote: string): void {
    const former = this.#byDevice.get(device);
    if (former !== undefined) {
      const from = device.connection?.remote ?? remote;
      device.history.takenOver({ atUs: this.clock.utcUs(), from, to: remote });
    }
    this.#byDevice.set(device, session);
    this.commands.disconnected(device);
    former?.goodbye(CloseCode.replaced, 0, 'a newer connection of this device took over');
  }

  welcomed(device: DeviceEntry): void {
    const { agent, remote, name } = device;
    this.#parts.logger.info({ device: name, remote, agent }, 'device connected');
    this.#parts.presence.look(device, true);
    this.commands.connected(device);
  }

  left(session: Session, device: DeviceEntry, end: ConnectionEnd): void {
    if (this.#byDevice.get(device) !== session) return;
    this.#byDevice.delete(device);
    this.commands.disconnected(device);
    const { connection } = device;
    const atUs = this.clock.utcUs();
    if (connection !== null) {
      const { sinceUs, remote } = connection;
      device.history.last = { ...end, sinceUs, atUs, remote };
    }
    device.connection = null;
    this.#parts.logger.info({ device: device.name, ...end }, 'device disconnected');
    this.#parts.presence.look(device);
  }

  answered(device: DeviceEntry, reply: Reply): void {
    this.commands.answered(device, reply);
  }

  turnedAway({ remote, holder, claimed }: Peer, device: string | null, code: string, message: string): void {
    const caller = { remote, device: device ?? claimed ?? null, holder: holder.name };
    this.#parts.refusals.note(caller, code, message);
  }

  refusedUnrecorded(): void {
    this.#parts.ingest.counts.rejected++;
  }

  refused(device: DeviceEntry | null, { code, message, epoch, seq, limit, value }: Reject): void {
    if (!this.#refusalLines.take()) return;
    const fault = {
      device: device?.name,
      remote: device?.remote,
      code: codeName(ErrorCode, code),
      message,
      epoch,
      seq,
      limit,
      value,
    };
    this.#parts.logger.warn(fault, 'a frame was refused for good');
  }

  implausibleClock(device: DeviceEntry, anchor: ClockAnchor): void {
    this.#parts.logger.warn(
      { device: device.name, anchor },
      'a clock anchor contradicts the hub clock and is not used',
    );
  }

  #scheduleTick(): void {
    const everyMs = this.settings.deadlineMs / TICKS_PER_DEADLINE / TICK_GROUPS;
    this.#cancelTick = this.timers.after(everyMs, () => {
      this.#turn = (this.#turn + 1) % TICK_GROUPS;
      for (const session of this.#groups[this.#turn] ?? []) session.tick();
      this.#scheduleTick();
    });
  }
}
