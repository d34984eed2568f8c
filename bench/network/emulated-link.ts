import type { Child } from '../processes/child.js';
import type { Emulation } from './emulator.js';
import { delayOnly, type Impairments } from './impairments.js';
import type { Link } from './link.js';
import type { Prober } from './probe/prober.js';
import type { LinkTrace } from './trace.js';

/** What a process that emulates a network can be asked. */
export type EmulatorMethods = {
  impair: (emulation: Emulation) => void;
  startTrace: () => void;
  takeTrace: () => LinkTrace;
};

/** A link whose packets go through a process of ours, which has been calibrated and told what to do. Closes all when it cannot. */
export async function emulatedLink(
  ends: Pick<Link, 'mode' | 'device' | 'hub' | 'reach'>,
  emulator: Child<EmulatorMethods>,
  prober: Prober,
  impairments: Impairments,
  seed: number,
): Promise<Link> {
  let present = impairments;
  const close = async (): Promise<void> => {
    await Promise.all([prober.close(), emulator.end()]);
  };
  try {
    await emulator.call('impair', { impairments: delayOnly(0), seed, transitUs: 0 });
    const transitUs = await prober.transitUs();
    const impair = (next: Impairments, nextSeed = seed): Promise<void> => {
      present = next;
      return emulator.call('impair', { impairments: next, seed: nextSeed, transitUs });
    };
    await impair(impairments);
    return {
      ...ends,
      impair,
      probe: () => prober.probe(present),
      startTrace: () => emulator.call('startTrace'),
      takeTrace: () => emulator.call('takeTrace'),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
