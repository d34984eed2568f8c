/** How what the hub has comes to a page: one carrier for each method of the display direction. */
import type { WeirError } from '@weir/runtime';
import type { DOWN_METHODS, RunPlan } from '../../scenario.js';
import { LongPollCarrier } from './long-poll-carrier.js';
import { PollCarrier } from './poll-carrier.js';
import { SocketCarrier } from './socket-carrier.js';
import { EventsCarrier } from './events-carrier.js';
import type { PollRecord } from '../../record.js';

/** Where a page finds its hub, and what it asks for. */
export interface PageTarget {
  /** http or https. */
  readonly url: string;
  readonly token: string;
  /** Devices to be shown, a pattern such as `bench-7-*`. */
  readonly devices: string;
}

/** A message of the hub's stream, as far as a page looks at it. docs/protocol.md has all of it. */
export interface StreamMessage {
  readonly type: string;
  readonly batches?: readonly { readonly device: string; readonly values: readonly unknown[] }[];
}

export interface CarrierEvents {
  /** What has just been parsed. */
  readonly messages: (messages: readonly StreamMessage[]) => void;
  /** It broke; nothing more comes. */
  readonly failed: (error: WeirError) => void;
}

export interface Carrier {
  /** Resolves when readings that the hub stores from now on will come. Rejects with `bench.refused`. */
  open(): Promise<void>;
  /** The run's schedule begins at `startUs` (`monotonicUs`). */
  start(startUs: number): void;
  close(): void;
  /** What became of the requests that were due; null where none are. */
  readonly polls: PollRecord | null;
}

export type DownMethod = (typeof DOWN_METHODS)[number];

export function carrierOf(plan: RunPlan, target: PageTarget, events: CarrierEvents): Carrier {
  const method = plan.scenario.method as DownMethod;
  switch (method) {
    case 'ws':
      return new SocketCarrier(target, events);
    case 'sse':
      return new EventsCarrier(target, events);
    case 'long-poll':
      return new LongPollCarrier(target, events);
    case 'poll':
    case 'poll-new':
      return new PollCarrier(plan, target, events);
  }
}
