import type { ClockAnchor, Hello, Limits, Reject, Reply } from '@weir/protocol';
import type { Clock, Timers } from '@weir/runtime';
import type { Arrival } from '../ingest/boot-clock.js';
import type { Opened } from '../ingest/ingest.js';
import type { DeviceEntry } from '../registry/device.js';
import type { ConnectionEnd } from '../registry/connection-history.js';
import type { Peer, Session } from './session.js';

export interface SessionSettings {
  readonly deadlineMs: number;
  readonly helloTimeoutMs: number;
  readonly epochsMax: number;
  readonly frameLimits: Limits;
}

/** What a session needs of the hub around it. */
export interface SessionHost {
  readonly settings: SessionSettings;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Finds out whether the hub's clock was set. Returns the UTC us since when it was not. */
  lookAtClock(): number;
  /** Frames that each device may have unacknowledged just now. */
  credit(): number;
  /** A delay for a device that should not come back at once; differs from device to device. */
  retryAfterMs(): number;
  /** Opens the way into the log. Throws `hub.too_many_devices`, `hub.too_many_epochs` or `log.overloaded`. */
  open(hello: Hello, arrival: Arrival): Opened;
  /** The session is the device's from here on; one that had it before is told so and closed. */
  entered(session: Session, device: DeviceEntry, remote: string): void;
  welcomed(device: DeviceEntry): void;
  left(session: Session, device: DeviceEntry, end: ConnectionEnd): void;
  /** The device answered a command. */
  answered(device: DeviceEntry, reply: Reply): void;
  /** A connection came to nothing: `device` is what it called itself, null when it did not. */
  turnedAway(peer: Peer, device: string | null, code: string, message: string): void;
  /** A frame was refused that is recorded nowhere. */
  refusedUnrecorded(): void;
  /** A device is being told of a refusal; null before its hello. */
  refused(device: DeviceEntry | null, reject: Reject): void;
  implausibleClock(device: DeviceEntry, anchor: ClockAnchor): void;
}
