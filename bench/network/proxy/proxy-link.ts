import { Child } from '../../processes/child.js';
import { PROXY_PROCESS } from '../../processes/scripts.js';
import type { Impairments } from '../impairments.js';
import type { Link } from '../link.js';
import { Prober } from '../probe/prober.js';
import { emulatedLink } from '../emulated-link.js';
import type { ProxyMethods } from './proxy-process.js';

/**
 * A link by a proxy that delays bytes, for who may not make namespaces. A client's connect returns at once, but what it says
 * arrives when it would; what is lost is sent again after a timeout; the trace is estimated from what crosses, by the rules of TCP.
 */
export async function openProxyLink(
  impairments: Impairments,
  seed: number,
  signal: AbortSignal,
): Promise<Link> {
  const end = { exec: [], address: '127.0.0.1' };
  const proxy = new Child<ProxyMethods>(PROXY_PROCESS, { signal });
  const prober = new Prober(end, end, signal, (ports) => proxy.call('relay', ports));
  const reached = new Map<number, Promise<number>>();
  const reach = async (port: number): Promise<{ host: string; port: number }> => {
    const through = reached.get(port) ?? proxy.call('reach', port);
    reached.set(port, through);
    return { host: end.address, port: await through };
  };
  return emulatedLink({ mode: 'proxy', device: end, hub: end, reach }, proxy, prober, impairments, seed);
}
