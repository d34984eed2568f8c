import type { LinkState } from './link/ports.js';
import type { SamplerStats } from './sampler/sampler.js';
import type { SpoolStatus } from './spool/spool.js';

/** What an agent has done since it started, and how it is. */
export interface AgentStats {
  readonly device: string;
  readonly state: LinkState;
  /** The hub has welcomed this device. */
  readonly connected: boolean;
  /** Why the last connection ended, or none could be made; '' while connected. */
  readonly reason: string;
  /** Welcomes so far. */
  readonly sessions: number;
  /** Readings kept by the sampler. */
  readonly readings_recorded: number;
  /** Readings in frames handed to a socket at least once; each frame counts once however often it is sent. */
  readonly readings_sent: number;
  /** Those of `readings_sent` that the hub confirmed, by an ack or in a welcome. */
  readonly readings_acked: number;
  /** Readings that the hub refused for good, of channels that it refuses, and those that do not fit the wire. */
  readonly readings_rejected: number;
  /** Readings given up by the spool's policy. */
  readonly readings_expired: number;
  /** Frames that the hub has not settled, those of earlier runs included. */
  readonly backlog_frames: number;
  readonly frames_sent: number;
  /** Bytes of frames, before WebSocket framing. */
  readonly bytes_sent: number;
  /** Half width of what the estimate of UTC may be off; null without a session. */
  readonly clock_uncertainty_us: number | null;
  readonly spool: SpoolStatus;
  readonly sampler: SamplerStats;
}
