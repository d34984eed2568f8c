/**
 * The hub's end of one device connection. No I/O: frames, ticks and the news of the log come in, effects go out
 * through the port.
 *
 *   greeting ──hello──► open ──────────► closed
 *      │                  │  goodbye, replaced, silence, a fault that the stream cannot go on after
 *      └── no hello ──────┴──────────────► closed
 *
 * Invariants: an ack or reject for a recorded frame goes out only when the record is on disk; a frame that cannot be
 * taken now (`receive` says false) changes nothing and is offered again; at most one open session for a device.
 * Ticks come three to a deadline: each without a sign of life from the device counts, the third in a row ends it.
 */
import {
  CloseCode,
  ErrorCode,
  FrameType,
  inspectFrame,
  ProtocolError,
  type EpochRef,
  type Hello,
  type InspectedFrame,
  type Probe,
  type Reject,
} from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import type { Holder } from '../auth/tokens.js';
import type { Opened } from '../ingest/ingest.js';
import type { Command } from '../commands/pending-commands.js';
import { rejectOf, type Outcome } from '../ingest/intake.js';
import type { DeviceEntry } from '../registry/device.js';
import { Backlog } from '../registry/backlog.js';
import type { ConnectionEnd } from '../registry/connection-history.js';
import type { AckTarget, EpochEntry } from '../registry/epoch.js';
import { checkHello, clockOf, welcomeTo } from './greeting.js';
import type { SessionHost } from './host.js';
import { Liveness } from './liveness.js';
import { Outbound } from './outbound.js';
import type { SessionPort } from './port.js';

/** Who is at the other end, as the upgrade showed. */
export interface Peer {
  readonly holder: Holder;
  readonly remote: string;
  /** UTC us at which the upgrade was answered: the device's hello is younger. */
  readonly upgradedUs: number;
  /** The device that it called itself in its query; unproven. */
  readonly claimed?: string | null;
}

export class Session implements AckTarget {
  readonly #host: SessionHost;
  readonly #port: SessionPort;
  readonly #peer: Peer;
  readonly #liveness = new Liveness();
  readonly #outbound: Outbound;
  /** Null once it has no more to do: timers of idle connections are memory. */
  #cancelHelloTimer: (() => void) | null;
  #state: 'greeting' | 'open' | 'closed' = 'greeting';
  #opened: Opened | null = null;
  /** Set before the hub itself ends the connection. */
  #end: ConnectionEnd | null = null;

  constructor(host: SessionHost, port: SessionPort, peer: Peer) {
    this.#host = host;
    this.#port = port;
    this.#peer = peer;
    this.#outbound = new Outbound(host, port, this.#liveness);
    this.#cancelHelloTimer = host.timers.after(host.settings.helloTimeoutMs, () => {
      if (this.#state !== 'greeting') return;
      this.#host.turnedAway(peer, null, 'hub.no_hello', NO_HELLO);
      this.goodbye(CloseCode.timeout, 0, NO_HELLO);
    });
  }

  /** The device of an open session. */
  get device(): DeviceEntry | null {
    return this.#opened?.intake.device ?? null;
  }

  /** Takes one message that arrived at `receivedUs` (UTC). False: not now, offer it again when the log has room. */
  receive(bytes: Uint8Array, receivedUs: number): boolean {
    if (this.#state === 'closed') return true;
    this.heard();
    let frame: InspectedFrame;
    try {
      frame = inspectFrame(bytes, this.#host.settings.frameLimits);
    } catch (error) {
      if (error instanceof ProtocolError) return this.#unreadable(error, receivedUs);
      throw error;
    }
    if (frame.type === 'hello') return this.#hello(frame, receivedUs);
    if (this.#opened === null) return this.#beforeHello(frame);
    const { intake } = this.#opened;
    switch (frame.type) {
      case 'readings':
      case 'describe':
      case 'gap':
        return this.#outcome(intake.accept(frame, bytes, receivedUs), frame.epoch, frame.seq);
      case 'probe':
        this.#probe(frame, this.#opened, receivedUs);
        return true;
      case 'reply':
        this.#host.answered(intake.device, frame);
        return true;
      case 'welcome':
      case 'ack':
      case 'reject':
      case 'command':
      case 'configure':
      case 'probeReply':
      case 'goodbye':
        return this.#refuse(misplaced(frame.type));
    }
  }

  /** Any sign of life: a frame, a ping, a pong. */
  heard(): void {
    this.#liveness.heard();
  }

  /** A third of the deadline has passed. */
  tick(): void {
    if (this.#state === 'closed') return;
    const step = this.#liveness.tick(this.#port.paused);
    if (step === 'end') {
      const reason = `nothing came for ${this.#host.settings.deadlineMs} ms`;
      this.#end = { by: 'hub', code: CloseCode.timeout, reason };
      return this.#port.terminate();
    }
    if (step === 'ping') this.#port.ping();
    this.grantCredit();
  }

  /** The hub's clock was set by so much. */
  clockStepped(byUs: number): void {
    this.#opened?.placement.clock.stepped(byUs);
  }

  /** The hub's credit may have changed. */
  grantCredit(): void {
    if (this.#state === 'open') this.#outbound.renewCredit();
  }

  stored(epoch: EpochEntry, first: number, last: number): void {
    this.#outbound.stored(epoch.ref, first, last);
  }

  refused(reject: Reject): void {
    this.#outbound.refused(reject);
  }

  /** Sends what has been gathered. */
  flush(): void {
    if (this.#state === 'open') this.#outbound.flush(this.device);
  }

  /** Sends a command. */
  command(command: Command): void {
    if (this.#state === 'open') this.#outbound.send({ type: 'command', ...command });
  }

  /** Says why and closes. */
  goodbye(code: CloseCode, retryAfterMs: number, message: string): void {
    if (this.#state === 'closed') return;
    this.flush();
    this.#outbound.send({ type: 'goodbye', code, retryAfterMs, message });
    this.#port.close(code, message);
    this.closed({ by: 'hub', code, reason: message });
  }

  /** The connection is gone, or as good as gone. May be called more than once. */
  closed(end: ConnectionEnd = BROKEN_OFF): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stopHelloTimer();
    if (this.#opened === null) return;
    const { device, epochs } = this.#opened.intake;
    for (const epoch of epochs) if (epoch.target === this) epoch.target = null;
    this.#host.left(this, device, this.#end ?? end);
  }

  #stopHelloTimer(): void {
    this.#cancelHelloTimer?.();
    this.#cancelHelloTimer = null;
  }

  #hello(hello: Hello, receivedUs: number): boolean {
    if (this.#state === 'open') {
      this.goodbye(CloseCode.protocolError, 0, 'a second hello');
      return true;
    }
    const fault = checkHello(hello, this.#peer.holder, this.#host.settings.epochsMax);
    if (fault !== null) {
      this.#host.turnedAway(this.#peer, hello.device, fault.code, fault.message);
      const mismatch = fault.errorCode === ErrorCode.deviceMismatch;
      return this.#hopeless(fault, mismatch ? CloseCode.forbidden : CloseCode.protocolError);
    }
    try {
      const steadySinceUs = this.#host.lookAtClock();
      const earliestUs = Math.min(this.#peer.upgradedUs, receivedUs);
      const arrival = { earliestUs, latestUs: receivedUs, steadySinceUs };
      this.#open(this.#host.open(hello, arrival), hello, receivedUs);
    } catch (error) {
      const failure = WeirError.from(error);
      if (failure.code === 'log.overloaded') return false;
      if (!FULL.has(failure.code)) throw error;
      this.goodbye(CloseCode.tryAgainLater, this.#host.retryAfterMs(), failure.message);
    }
    return true;
  }

  #open(opened: Opened, hello: Hello, receivedUs: number): void {
    const { intake, placement } = opened;
    const { device } = intake;
    this.#stopHelloTimer();
    this.#host.entered(this, device, this.#peer.remote);
    this.#opened = opened;
    this.#state = 'open';
    for (const [index, epoch] of intake.epochs.entries()) {
      epoch.target = this;
      epoch.ref = index;
    }
    device.agent = hello.agent;
    device.remote = this.#peer.remote;
    const clock = clockOf(placement.clock.now);
    device.connection = {
      ...{ sinceUs: receivedUs, remote: this.#peer.remote, clock, implausibleClockUs: null },
    };
    device.backlog = Backlog.of(hello.epochs, intake.epochs);
    this.#outbound.send(welcomeTo(hello, intake, this.#host, this.#outbound.grant()));
    this.#host.welcomed(device);
  }

  #probe({ sentUs, anchor }: Probe, { intake, placement }: Opened, receivedUs: number): void {
    this.#host.lookAtClock();
    if (anchor !== null) {
      const fits = placement.clock.anchored(anchor);
      const { connection } = intake.device;
      if (connection !== null) {
        connection.clock = clockOf(placement.clock.now);
        connection.implausibleClockUs = fits ? null : receivedUs;
      }
      if (!fits) this.#host.implausibleClock(intake.device, anchor);
    }
    const answeredUtcUs = Math.max(receivedUs, this.#host.clock.utcUs());
    this.#outbound.send({ type: 'probeReply', sentUs, receivedUtcUs: receivedUs, answeredUtcUs });
    placement.clock.told();
  }

  /** What follows from the outcome for the frame (epoch, seq), both as the device wrote them. */
  #outcome(outcome: Outcome, epoch: EpochRef | null, seq: number | null): boolean {
    if (outcome === 'overloaded') return false;
    if (typeof outcome === 'object' && !outcome.recorded) this.#outbound.reject(this.device, outcome.reject);
    else if (outcome === 'stored' || typeof outcome === 'object') this.#taken();
    else if (outcome === 'settled' && epoch !== null && seq !== null) this.#outbound.known(epoch, seq);
    return true;
  }

  #taken(): void {
    const fault = this.#outbound.taken();
    if (fault !== null) this.goodbye(CloseCode.policyViolation, 0, fault);
  }

  #unreadable(error: ProtocolError, receivedUs: number): boolean {
    if (error.errorCode === ErrorCode.unsupportedVersion)
      return this.#hopeless(error, CloseCode.protocolError);
    if (this.#opened === null) return this.#refuse(error);
    return this.#outcome(this.#opened.intake.refuse(error, receivedUs), error.epoch, error.seq);
  }

  #beforeHello(frame: InspectedFrame): boolean {
    const { epoch = null, seq = null } = 'seq' in frame ? frame : {};
    const message = `a ${frame.type} frame before hello`;
    return this.#refuse(new ProtocolError(ErrorCode.helloExpected, message, { epoch, seq }));
  }

  /** Refuses something that has no place in the log. */
  #refuse(error: ProtocolError): boolean {
    this.#host.refusedUnrecorded();
    this.#outbound.reject(this.device, rejectOf(error));
    return true;
  }

  #hopeless(error: ProtocolError, code: CloseCode): boolean {
    this.#refuse(error);
    this.goodbye(code, this.#host.retryAfterMs(), error.message);
    return true;
  }
}

const NO_HELLO = 'no hello came';
const BROKEN_OFF: ConnectionEnd = { by: 'network', code: null, reason: 'it broke off' };

/** The hub's tables have no room for the device. */
const FULL: ReadonlySet<string> = new Set(['hub.too_many_devices', 'hub.too_many_epochs']);

/** A frame type that has no place in an open session. */
function misplaced(type: InspectedFrame['type']): ProtocolError {
  return new ProtocolError(ErrorCode.unknownType, `a ${type} frame has no place here`, {
    value: FrameType[type],
  });
}
