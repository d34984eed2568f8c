/**
 * One session, from `hello` until its connection ends:
 *
 *   greeting ──welcome──► syncing ──first probeReply──► streaming
 *
 * - greeting: only `hello` has been sent. syncing: describe frames and probes go out, readings wait for the first clock
 *   anchor, so that the hub never has to guess the time of a fresh reading. streaming: everything goes.
 * - Life is any inbound frame; `ClockExchange` probes, and says when the connection is dead.
 * - What the hub sends is decoded under the protocol's limits, and what breaks them ends the session. An ack or a welcome
 *   may name any range: what was never written is never settled by it.
 */
import {
  CloseCode,
  ErrorCode,
  LIMITS,
  PROTOCOL_VERSION,
  ProtocolError,
  decodeFrame,
  encodeFrame,
  type DeviceFrame,
  type Frame,
  type HeldEpoch,
  type ProbeReply,
  type Reject,
  type Welcome,
} from '@weir/protocol';
import { messageOf, type Clock } from '@weir/runtime';
import { ClockExchange } from './clock-exchange.js';
import { CommandRunner } from './command-runner.js';
import { Dispatcher } from './dispatcher.js';
import type { CommandHandler, Connection, LinkObserver } from './ports.js';
import { reasonToRenew } from './renewal.js';
import type { ConnectionEnd } from './retry.js';
import { Settlement, type SettlementOptions } from './settlement.js';

export type SessionState = 'greeting' | 'syncing' | 'streaming';

export interface SessionOptions extends SettlementOptions {
  readonly device: string;
  /** Software and version, for `hello`. */
  readonly agent: string;
  readonly clock: Clock;
  readonly handler: CommandHandler;
  readonly observer: Pick<LinkObserver, 'acked' | 'limits'>;
}

export interface SessionEvents {
  changed(state: SessionState): void;
  /** The session ends for this reason; the connection is to be closed with the code, or terminated where it is null. */
  ended(end: ConnectionEnd, code: number | null): void;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #events: SessionEvents;
  readonly #connection: Connection;
  readonly #epochs: readonly HeldEpoch[];
  readonly #settlement: Settlement;
  readonly #clock: ClockExchange;
  readonly #commands: CommandRunner;
  #dispatcher: Dispatcher | null = null;
  #state: SessionState = 'greeting';
  #welcomedUs: number | null = null;
  #over = false;

  /** Says hello at once. */
  constructor(connection: Connection, options: SessionOptions, events: SessionEvents) {
    this.#connection = connection;
    this.#options = options;
    this.#events = events;
    this.#epochs = options.store.heldEpochs();
    this.#settlement = new Settlement(this.#epochs, options);
    this.#commands = new CommandRunner(options.handler, (reply) => this.#send(reply));
    const nowUs = options.clock.monotonicUs();
    this.#clock = new ClockExchange(nowUs, (probe) => this.#send(probe));
    this.#send({
      type: 'hello',
      version: PROTOCOL_VERSION,
      device: options.device,
      agent: options.agent,
      monotonicUs: nowUs,
      epochs: this.#epochs,
    });
  }

  /** Monotonic time of the welcome; null before. */
  get welcomedUs(): number | null {
    return this.#welcomedUs;
  }

  /** Half width of what the clock may be off, us; null before the first exchange. */
  uncertaintyUs(nowUs: number): number | null {
    return this.#clock.anchor(nowUs)?.uncertaintyUs ?? null;
  }

  received(message: Uint8Array | string): void {
    if (this.#over) return;
    const nowUs = this.#options.clock.monotonicUs();
    this.#clock.inbound(nowUs);
    try {
      if (typeof message === 'string')
        throw new ProtocolError(ErrorCode.wrongType, 'a text message; frames are binary', {
          value: 'message',
        });
      this.#take(decodeFrame(message, LIMITS), nowUs);
    } catch (error) {
      this.#fail(error);
    }
  }

  heard(): void {
    this.#clock.inbound(this.#options.clock.monotonicUs());
  }

  /** Sends what may be sent: frames were written, or the connection drains again. */
  pump(): void {
    this.#dispatcher?.pump();
  }

  dueUs(): number {
    return this.#clock.dueUs();
  }

  /** Does what is due by now. */
  tick(): void {
    if (!this.#clock.tick(this.#options.clock.monotonicUs()))
      this.#end({ how: 'silent', message: 'nothing heard from the hub until the deadline' }, null);
  }

  /** The connection is gone. */
  over(): void {
    this.#over = true;
    this.#dispatcher?.close();
  }

  #take(frame: Frame, nowUs: number): void {
    switch (frame.type) {
      case 'welcome':
        if (this.#dispatcher !== null) throw unexpected(frame, 'a second time');
        this.#welcome(frame, nowUs);
        return;
      case 'ack':
        this.#opened(frame).grant(frame.credit);
        this.#settlement.ack(frame, nowUs);
        this.pump();
        return;
      case 'reject':
        this.#reject(frame);
        return;
      case 'probeReply':
        this.#synchronise(frame, this.#opened(frame), nowUs);
        return;
      case 'command':
      case 'configure':
        this.#opened(frame);
        this.#commands.run(frame);
        return;
      case 'goodbye': {
        const { code, retryAfterMs, message } = frame;
        this.#end({ how: 'goodbye', code, retryAfterMs, message }, CloseCode.normal);
        return;
      }
      case 'hello':
      case 'describe':
      case 'readings':
      case 'gap':
      case 'reply':
      case 'probe':
        throw unexpected(frame, 'from a hub');
    }
  }

  #reject(reject: Reject): void {
    const epoch = this.#settlement.reject(reject);
    const { code, value } = reject;
    const isOfChannel = code === ErrorCode.unknownChannel || code === ErrorCode.valueType;
    if (epoch !== null && isOfChannel && typeof value === 'number') this.#dispatcher?.leaveOut(epoch, value);
    this.pump();
  }

  /** What only a session that is welcomed has; a hub that sends this frame before breaks the protocol. */
  #opened(frame: Frame): Dispatcher {
    if (this.#dispatcher === null) throw unexpected(frame, 'before welcome');
    return this.#dispatcher;
  }

  #welcome(welcome: Welcome, nowUs: number): void {
    const { version } = welcome;
    if (version !== PROTOCOL_VERSION)
      throw new ProtocolError(
        ErrorCode.unsupportedVersion,
        `version ${version}; ${PROTOCOL_VERSION} is spoken here`,
        {
          limit: PROTOCOL_VERSION,
          value: version,
        },
      );
    const settled = this.#settlement.welcome(welcome, nowUs);
    const { store, flights, counters, observer } = this.#options;
    this.#welcomedUs = nowUs;
    counters.sessions++;
    observer.limits(welcome.limits);
    const departed = (bytes: number): void => this.#departed(bytes);
    const dispatcher = new Dispatcher(
      { store, flights, counters, connection: this.#connection, departed },
      this.#epochs.map(({ epoch }) => epoch),
      settled,
    );
    this.#dispatcher = dispatcher;
    this.#enter('syncing');
    this.#clock.begin(nowUs, welcome.deadlineMs);
    dispatcher.grant(welcome.credit);
    dispatcher.pump();
  }

  #synchronise(reply: ProbeReply, dispatcher: Dispatcher, nowUs: number): void {
    if (!this.#clock.answered(reply, nowUs)) return;
    const anchor = this.#clock.anchor(nowUs);
    if (anchor !== null) this.#options.store.anchored(anchor);
    const renewal = reasonToRenew(this.#epochs, this.#options.store.heldEpochs());
    if (renewal !== null) {
      this.#end({ how: 'renewal', message: renewal }, CloseCode.normal);
      return;
    }
    if (this.#state !== 'syncing') return;
    this.#clock.probe(nowUs);
    this.#enter('streaming');
    dispatcher.stream();
    dispatcher.pump();
  }

  #send(frame: DeviceFrame): void {
    if (this.#over) return;
    const bytes = encodeFrame(frame);
    this.#connection.send(bytes);
    this.#departed(bytes.length);
  }

  #departed(bytes: number): void {
    this.#options.counters.bytesSent += bytes;
    this.#clock.outbound(this.#options.clock.monotonicUs());
  }

  #enter(state: SessionState): void {
    this.#state = state;
    this.#events.changed(state);
  }

  /** One bad message, or one fault in taking it, ends the session and not the agent. */
  #fail(error: unknown): void {
    if (error instanceof ProtocolError) {
      const message = `the hub broke the protocol: ${error.message}`;
      this.#end({ how: 'protocol', message }, CloseCode.protocolError);
      return;
    }
    this.#options.logger.error({ err: error }, 'a message of the hub could not be handled');
    this.#end({ how: 'fault', message: messageOf(error) }, null);
  }

  #end(end: ConnectionEnd, code: number | null): void {
    if (this.#over) return;
    this.over();
    this.#events.ended(end, code);
  }
}

function unexpected(frame: Frame, when: string): ProtocolError {
  return new ProtocolError(ErrorCode.unknownType, `${frame.type} ${when}`, { value: frame.type });
}
