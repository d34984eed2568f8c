import { WeirError } from '@weir/runtime';
import type { Impairments } from './impairments.js';
import type { Link } from './link.js';
import { Prober } from './probe/prober.js';

/** The loopback interface as it is: for what is to go as fast as it can. Nothing on it is counted. */
export function openDirectLink(impairments: Impairments, signal: AbortSignal): Link {
  refuseImpairments(impairments);
  const end = { exec: [], address: '127.0.0.1' };
  const prober = new Prober(end, end, signal);
  const uncounted = (): Promise<never> =>
    Promise.reject(new WeirError('bench.link_failed', 'on a direct link no packets are counted'));
  return {
    mode: 'direct',
    device: end,
    hub: end,
    reach: (port) => Promise.resolve({ host: end.address, port }),
    impair: (next) => Promise.resolve().then(() => refuseImpairments(next)),
    probe: () => prober.probe(impairments),
    startTrace: uncounted,
    takeTrace: uncounted,
    close: () => prober.close(),
  };
}

function refuseImpairments({ name, up, down }: Impairments): void {
  for (const { delayMs, jitterMs, bitsPerS, lossRatio } of [up, down])
    if (delayMs > 0 || jitterMs > 0 || bitsPerS !== null || lossRatio > 0)
      throw new WeirError('bench.link_failed', `a direct link cannot be ${name}: it delays nothing`);
}
