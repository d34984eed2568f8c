import { Child } from '../../processes/child.js';
import { ROUTER_PROCESS } from '../../processes/scripts.js';
import { delayOnly, type Impairments } from '../impairments.js';
import type { Link } from '../link.js';
import { Prober } from '../probe/prober.js';
import { inNamespaceOf, OWN_NAMESPACE } from './can-namespace.js';
import { ADDRESSES } from './end.js';
import { COMMAND_ENV } from './run-command.js';
import type { RouterMethods } from './router-process.js';

/** A link between two network namespaces: the kernel's own TCP at both ends, its packets through a router of ours. */
export async function openNamespaceLink(
  impairments: Impairments,
  seed: number,
  signal: AbortSignal,
): Promise<Link> {
  const router = new Child<RouterMethods>(ROUTER_PROCESS, { signal, exec: OWN_NAMESPACE, env: COMMAND_ENV });
  let prober: Prober | null = null;
  const close = async (): Promise<void> => {
    await Promise.all([prober?.close(), router.end()]);
  };
  try {
    const pids = await router.call('open');
    const device = { exec: inNamespaceOf(pids.device), address: ADDRESSES.device };
    const hub = { exec: inNamespaceOf(pids.hub), address: ADDRESSES.hub };
    prober = new Prober(device, hub, signal);
    await router.call('impair', { impairments: delayOnly(0), seed, transitUs: 0 });
    const transitUs = await prober.transitUs();
    let present = impairments;
    const impair = (next: Impairments, nextSeed = seed): Promise<void> => {
      present = next;
      return router.call('impair', { impairments: next, seed: nextSeed, transitUs });
    };
    await impair(impairments);
    const probing = prober;
    return {
      mode: 'namespaces',
      device,
      hub,
      reach: (port) => Promise.resolve({ host: hub.address, port }),
      impair,
      probe: () => probing.probe(present),
      startTrace: () => router.call('startTrace'),
      takeTrace: () => router.call('takeTrace'),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
