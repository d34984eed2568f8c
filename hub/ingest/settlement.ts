import type { LogPort } from './log-port.js';
import type { Clock } from '@weir/runtime';
import type { AckTarget, EpochEntry } from '../registry/epoch.js';

/** Carries the news that the log is on disk to the epochs with frames in flight, and from them to their sessions. */
export class Settlement {
  readonly #waiting = new Set<EpochEntry>();
  readonly #stop: () => void;

  /** `observe` is told how long each frame took from receipt to disk, us. */
  constructor(log: LogPort, clock: Clock, observe: (latencyUs: number) => void) {
    this.#stop = log.onDurable((durable) => {
      const nowUs = clock.utcUs();
      const targets = new Set<AckTarget>();
      for (const epoch of this.#waiting) {
        epoch.settle(durable, (receivedUs) => observe(nowUs - receivedUs));
        if (epoch.target !== null) targets.add(epoch.target);
        if (epoch.inFlight.length === 0) this.#waiting.delete(epoch);
      }
      for (const target of targets) target.flush();
    });
  }

  /** An epoch has frames in flight. */
  await(epoch: EpochEntry): void {
    this.#waiting.add(epoch);
  }

  close(): void {
    this.#stop();
  }
}
