/** What the link is connected to. Each port has one real adapter and one in memory. */
import type { ClockAnchor, Command, Configure, HeldEpoch, Limits } from '@weir/protocol';
import type { StoredFrame } from '../spool/stored-frame.js';

/** Makes connections to the hub. */
export interface Transport {
  /** Begins one attempt and returns at once; `events` are never called before this returns. */
  connect(events: ConnectionEvents): Connection;
}

/** After exactly one of `refused`, `unreachable` and `closed` no event follows. */
export interface ConnectionEvents {
  opened(): void;
  received(message: Uint8Array | string): void;
  /** A sign of life without content, such as a WebSocket ping or pong. */
  heard(): void;
  /** The connection is no longer congested. */
  writable(): void;
  /**
   * The server answered with an HTTP status in place of an upgrade. `isTurn`: the delay is meant for this device alone, to
   * the millisecond.
   */
  refused(status: number, retryAfterMs: number | null, message: string, isTurn: boolean): void;
  unreachable(message: string): void;
  closed(code: number, reason: string): void;
}

export interface Connection {
  send(bytes: Uint8Array): void;
  /** Too much waits to go out: send nothing that can wait until `writable`. */
  readonly congested: boolean;
  /** Says farewell. The connection ends by itself even if the other side never answers. */
  close(code: number, reason: string): void;
  /** Ends it at once. */
  terminate(): void;
}

/** Frames kept until they are settled: what the link asks of the spool. */
export interface FrameStore {
  /** For `hello`: the epoch being written first, then the others with something to send, oldest first. */
  heldEpochs(): HeldEpoch[];
  /** The describe frames that the readings of an epoch need, in order; the same array until they change. */
  describes(epoch: number): readonly StoredFrame[];
  /** These sequences need not be sent any more. Ranges beyond what was written are cut. */
  settle(epoch: number, first: number, last: number): void;
  /** The hub refused this frame for good. If it is a describe frame, its channels are refused with it. */
  refuse(epoch: number, seq: number): void;
  /** Channels of an epoch that the hub takes no readings of. */
  refusedChannels(epoch: number): ReadonlySet<number>;
  /** The hub has said all that it has of this epoch: what is neither there nor here is lost, and is reported as such. */
  reconcile(epoch: number): void;
  /** The best estimate for the present boot. */
  anchored(anchor: ClockAnchor): void;
  /** Begins a session's reading. `ready` is called when a lane that returned null has frames again. */
  openLanes(ready: () => void): Lanes;
}

/** Two ways through the unsettled frames; none is given out twice in a session. */
export interface Lanes {
  /** The next frame written since the lanes were opened, or null; of those that describe channels alone if asked. */
  live(describesOnly: boolean): StoredFrame | null;
  /** The next older frame, or null when there is none or it is still being read from disk. */
  backlog(): StoredFrame | null;
  close(): void;
}

/** Runs what the hub asks for. Resolves with the text of the reply; an error's message becomes a negative reply. */
export interface CommandHandler {
  command(command: Command): Promise<string>;
  configure(change: Configure): Promise<string>;
}

/** Hears what the link finds out. */
export interface LinkObserver {
  state(state: LinkState, reason: string): void;
  /** Readings of one frame were confirmed. `takenUs` and `ackedUs` are monotonic. */
  acked(readings: number, takenUs: number, ackedUs: number): void;
  limits(limits: Pick<Limits, 'frameBytes' | 'readingsPerFrame'>): void;
}

export type LinkState = 'disconnected' | 'connecting' | 'greeting' | 'syncing' | 'streaming' | 'stopped';
