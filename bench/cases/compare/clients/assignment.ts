/** What a process of a run is told, and what is known by agreement between the processes of a run. */
import type { RunPlan } from '../scenario.js';

export interface Assignment {
  readonly plan: RunPlan;
  /** The hub, or the broker, as it is reached from the end of the link at which the process is. */
  readonly server: Server;
  /** Devices are named by this and their number. */
  readonly prefix: string;
}

export interface Server {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Of the hub; '' for a broker. */
  readonly token: string;
}

/** Time for what was due to arrive once nothing more is due, us. What comes later is lost. */
export const DRAIN_US = 10e6;

/**
 * The value of the reading that each device sends while it connects, so that the first that counts meets a hub that knows
 * device and channel. It belongs to no schedule.
 */
export const GREETING = -1;

/** All readings of a device are of one channel, named `SOURCE/CHANNEL`. */
export const SOURCE = 's';
export const CHANNEL = 'v';

/** `http://HOST:PORT`, `wss://HOST:PORT` and so on. */
export function urlOf({ host, port, tls }: Server, scheme: 'http' | 'ws'): string {
  return `${scheme}${tls ? 's' : ''}://${host}:${port}`;
}
