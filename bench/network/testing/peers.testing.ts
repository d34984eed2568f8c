import { onTestFinished } from 'vitest';
import { Child } from '../../processes/child.js';
import type { End, Link } from '../link.js';
import type { PeerMethods } from './peer-process.testing.js';

export type Peer = Child<PeerMethods>;

const PEER_PROCESS = new URL('./peer-process.testing.js', import.meta.url);
const signal = new AbortController().signal;

/** A process at the device's end, and where it reaches one at the hub's end that sends back what it gets. */
export async function peersAcross(
  link: Link,
): Promise<{ device: Peer; echo: { host: string; port: number } }> {
  const hub = peerAt(link.hub);
  const echo = await link.reach(await hub.call('listen', link.hub.address));
  return { device: peerAt(link.device), echo };
}

/** Ends with the test. */
function peerAt({ exec }: End): Peer {
  const peer = new Child<PeerMethods>(PEER_PROCESS, { signal, exec });
  onTestFinished(() => peer.end());
  return peer;
}
