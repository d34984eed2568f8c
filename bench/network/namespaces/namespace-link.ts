import { Child } from '../../processes/child.js';
import { ROUTER_PROCESS } from '../../processes/scripts.js';
import { emulatedLink } from '../emulated-link.js';
import type { Impairments } from '../impairments.js';
import type { Link } from '../link.js';
import { Prober } from '../probe/prober.js';
import { inNamespaceOf, OWN_NAMESPACE } from './can-namespace.js';
import { ADDRESSES } from './end.js';
import type { RouterMethods } from './router-process.js';
import { COMMAND_ENV } from './run-command.js';

/** A link between two network namespaces: the kernel's own TCP at both ends, its packets through a router of ours. */
export async function openNamespaceLink(
  impairments: Impairments,
  seed: number,
  signal: AbortSignal,
): Promise<Link> {
  const router = new Child<RouterMethods>(ROUTER_PROCESS, { signal, exec: OWN_NAMESPACE, env: COMMAND_ENV });
  const pids = await router.call('open').catch(async (error: unknown) => {
    await router.end();
    throw error;
  });
  const device = { exec: inNamespaceOf(pids.device), address: ADDRESSES.device };
  const hub = { exec: inNamespaceOf(pids.hub), address: ADDRESSES.hub };
  const reach: Link['reach'] = (port) => Promise.resolve({ host: hub.address, port });
  const prober = new Prober(device, hub, signal);
  return emulatedLink({ mode: 'namespaces', device, hub, reach }, router, prober, impairments, seed);
}
