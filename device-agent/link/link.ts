/**
 * A device's persistent connection to its hub, as a state machine without I/O: connections, time, chance and frames come
 * through ports.
 *
 *   disconnected ──► connecting ──opened──► greeting ──welcome──► syncing ──first anchor──► streaming
 *        ▲               │                     │                     │                         │
 *        └──── retryDelayMs ◄── refused, unreachable, closed, silent, goodbye, protocol ◄──────┘
 *
 * - One connection at a time, one timer at a time; events of a connection that was given up are not heard.
 * - The delay grows with every attempt and starts over only after a session that lasted `STABLE_MS`.
 * - `stop` is final.
 */
import { CloseCode } from '@weir/protocol';
import type { Entropy, Timers } from '@weir/runtime';
import { LinkCounters } from './counters.js';
import { Flights } from './flights.js';
import type { Connection, ConnectionEvents, LinkObserver, LinkState, Transport } from './ports.js';
import {
  RETRY_AFTER_MS_MAX,
  STABLE_MS,
  asksTooMuch,
  needsAPerson,
  retryDelayMs,
  type ConnectionEnd,
} from './retry.js';
import { Session, type SessionOptions } from './session.js';

export interface LinkOptions extends Omit<SessionOptions, 'flights' | 'counters' | 'observer'> {
  readonly transport: Transport;
  readonly timers: Timers;
  readonly entropy: Entropy;
  readonly observer: LinkObserver;
}

/** An attempt to connect that has neither opened nor failed after this is given up. */
const CONNECT_MS = 20_000;

export class Link {
  readonly counters = new LinkCounters();
  /** Frames sent and not settled since. */
  readonly flights = new Flights();
  readonly #options: LinkOptions;
  #state: LinkState = 'disconnected';
  #connection: Connection | null = null;
  #session: Session | null = null;
  #attempt = 0;
  #lastEnd: ConnectionEnd | null = null;
  #dueUs = Infinity;
  #cancelTimer: (() => void) | null = null;
  #timerUs = Infinity;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Whether the hub has welcomed this device. */
  get connected(): boolean {
    return this.#state === 'syncing' || this.#state === 'streaming';
  }

  /** How the last connection ended; null while none has. */
  get lastEnd(): ConnectionEnd | null {
    return this.#lastEnd;
  }

  /** Half width of what the clock may be off, us; null while there is no session with an anchor. */
  get uncertaintyUs(): number | null {
    return this.#session?.uncertaintyUs(this.#options.clock.monotonicUs()) ?? null;
  }

  start(): void {
    if (this.#state === 'disconnected' && this.#connection === null) this.#connect();
  }

  /** Ends the connection and never makes another. */
  stop(): void {
    const connection = this.#connection;
    this.#forget();
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    connection?.close(CloseCode.goingAway, 'the agent stops');
    this.#enter('stopped', 'the agent stops');
  }

  /** The store has new frames. */
  appended(): void {
    this.#session?.pump();
  }

  #connect(): void {
    this.#enter('connecting', '');
    this.#dueIn(CONNECT_MS);
    const isCurrent = (): boolean => this.#connection === connection;
    const connection: Connection = this.#options.transport.connect(this.#eventsOf(isCurrent));
    this.#connection = connection;
  }

  #eventsOf(isCurrent: () => boolean): ConnectionEvents {
    const guarded =
      <A extends unknown[]>(run: (...values: A) => void) =>
      (...values: A): void => {
        if (!isCurrent()) return;
        run(...values);
        this.#wakeForSession();
      };
    return {
      opened: guarded(() => this.#opened()),
      received: guarded((message) => this.#session?.received(message)),
      heard: guarded(() => this.#session?.heard()),
      writable: guarded(() => this.#session?.pump()),
      refused: guarded((status, retryAfterMs, message, isTurn) =>
        this.#ended({ how: 'refused', status, retryAfterMs, message, isTurn }),
      ),
      unreachable: guarded((message) => this.#ended({ how: 'unreachable', message })),
      closed: guarded((code, reason) => this.#ended({ how: 'closed', code, message: reason })),
    };
  }

  #opened(): void {
    if (this.#connection === null || this.#session !== null) return;
    this.#enter('greeting', '');
    this.#session = new Session(
      this.#connection,
      { ...this.#options, flights: this.flights, counters: this.counters },
      {
        changed: (state) => this.#enter(state, ''),
        ended: (end, code) => this.#give(end, code),
      },
    );
  }

  /** Ends the connection from this side. */
  #give(end: ConnectionEnd, code: number | null): void {
    const connection = this.#connection;
    this.#ended(end);
    if (code === null) connection?.terminate();
    else connection?.close(code, end.message);
  }

  #ended(end: ConnectionEnd): void {
    const { clock, entropy } = this.#options;
    const welcomedUs = this.#session?.welcomedUs ?? null;
    if (welcomedUs !== null && clock.monotonicUs() - welcomedUs >= STABLE_MS * 1000) this.#attempt = 0;
    this.#forget();
    const delayMs = retryDelayMs(end, this.#attempt, entropy);
    if (end.how !== 'renewal') this.#attempt++;
    this.#report(end, delayMs);
    this.#lastEnd = end;
    this.#enter('disconnected', end.message);
    this.#dueIn(delayMs);
  }

  #forget(): void {
    this.#session?.over();
    this.#session = null;
    this.#connection = null;
    this.#dueUs = Infinity;
  }

  #due(): void {
    if (this.#state === 'disconnected') this.#connect();
    else if (this.#state === 'connecting')
      this.#give({ how: 'unreachable', message: `no connection within ${CONNECT_MS} ms` }, null);
    else this.#session?.tick();
  }

  #dueIn(ms: number): void {
    this.#dueUs = this.#options.clock.monotonicUs() + ms * 1000;
    this.#arm();
  }

  #wakeForSession(): void {
    if (this.#session === null) return;
    this.#dueUs = this.#session.dueUs();
    this.#arm();
  }

  /** Sees to it that the timer fires no later than due. One that fires too early arms itself anew. */
  #arm(): void {
    if (this.#dueUs >= this.#timerUs) return;
    this.#cancelTimer?.();
    const nowUs = this.#options.clock.monotonicUs();
    this.#timerUs = this.#dueUs;
    this.#cancelTimer = this.#options.timers.after(
      Math.max(0, Math.ceil((this.#dueUs - nowUs) / 1000)),
      () => {
        this.#cancelTimer = null;
        this.#timerUs = Infinity;
        if (this.#options.clock.monotonicUs() >= this.#dueUs) this.#due();
        this.#wakeForSession();
        this.#arm();
      },
    );
  }

  #enter(state: LinkState, reason: string): void {
    if (this.#state === 'stopped') return;
    this.#state = state;
    this.#options.observer.state(state, reason);
  }

  /** Says once what is wrong; the same trouble again is a detail. */
  #report(end: ConnectionEnd, delayMs: number): void {
    const { logger, device } = this.#options;
    const details = { device, ...end, retryInMs: delayMs };
    if (asksTooMuch(end))
      logger.warn({ ...details, limitMs: RETRY_AFTER_MS_MAX }, 'the hub names a delay over the limit');
    if (end.how === this.#lastEnd?.how && end.message === this.#lastEnd.message) {
      logger.debug(details, 'not connected');
    } else if (needsAPerson(end)) logger.error(details, adviceFor(end));
    else if (end.how === 'goodbye' || end.how === 'renewal') logger.info(details, 'disconnected');
    else logger.warn(details, 'not connected');
  }
}

function adviceFor(end: ConnectionEnd): string {
  if ((end.how === 'closed' || end.how === 'goodbye') && end.code === CloseCode.replaced)
    return 'another agent with the same device name took over; each device needs a name of its own';
  return "the hub refuses this device; check the hub's address, the device's name and its token";
}
