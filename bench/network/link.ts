/** An emulated network between a device's end and a hub's. */
import type { AchievedDelay } from '../cases/compare/record.js';
import type { Impairments, WayName } from './impairments.js';
import { openDirectLink } from './direct-link.js';
import { canNamespace } from './namespaces/can-namespace.js';
import { openNamespaceLink } from './namespaces/namespace-link.js';
import { openProxyLink } from './proxy/proxy-link.js';
import type { LinkTrace } from './trace.js';

export { canNamespace };

/** Where processes run that are to be at one end of a link. */
export interface End {
  /** Command that runs another one, given behind it, at this end; empty where none is needed. The process id stays. */
  readonly exec: readonly string[];
  /** To listen on at this end, and to be reached at from the other. */
  readonly address: string;
}

export interface Link {
  /** namespaces: real packets. proxy: delayed bytes. direct: the loopback interface as it is, for throughput. */
  readonly mode: 'namespaces' | 'proxy' | 'direct';
  readonly device: End;
  readonly hub: End;
  /** Where the device's end reaches a port of the hub's end. */
  reach(port: number): Promise<{ readonly host: string; readonly port: number }>;
  /** Changes what the link does to what is sent from now on; its chances are drawn from `seed`, the link's own unless given. */
  impair(impairments: Impairments, seed?: number): Promise<void>;
  /** Measures what is achieved. Not while a trace is taken, which would have the probe in it. */
  probe(): Promise<Readonly<Record<WayName, AchievedDelay>>>;
  /** Rejects with `bench.link_failed` where nothing is counted: on a direct link. */
  startTrace(): Promise<void>;
  /** All that crossed since `startTrace`. Rejects with `bench.trace_full`. */
  takeTrace(): Promise<LinkTrace>;
  close(): Promise<void>;
}

export interface LinkOptions {
  readonly seed: number;
  /** Ends the link and all its processes when it aborts. */
  readonly signal: AbortSignal;
  /** Namespaces where they can be had (`canNamespace`), otherwise the proxy, unless given. */
  readonly mode?: Link['mode'];
}

/** Rejects with `bench.link_failed`. */
export async function openLink(impairments: Impairments, { seed, signal, mode }: LinkOptions): Promise<Link> {
  switch (mode ?? ((await canNamespace()) === null ? 'namespaces' : 'proxy')) {
    case 'namespaces':
      return openNamespaceLink(impairments, seed, signal);
    case 'direct':
      return openDirectLink(impairments, signal);
    case 'proxy':
      return openProxyLink(impairments, seed, signal);
  }
}
