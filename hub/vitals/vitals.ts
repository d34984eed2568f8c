/**
 * The hub as a device of its own: now and then it writes its vital signs into its log, whence they go wherever readings
 * go. So hub health is seen with the same tools as everything else, and its history survives the hub.
 */
import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { WeirError, type Clock, type Entropy, type Logger, type Timers } from '@weir/runtime';
import type { HubStats } from '../api/stats.js';
import type { Holder } from '../auth/tokens.js';
import type { Core } from '../core.js';
import type { DeviceState } from '../registry/presence.js';
import { OwnEpochs } from '../senml/own-epochs.js';
import { storePack } from '../senml/store-pack.js';
import { lossSigns, vitalSigns, type VitalSign, type VitalsSample } from './vital-signs.js';

export interface VitalsParts {
  readonly core: Core;
  readonly stats: () => HubStats;
  /** Name of the hub's own device. */
  readonly device: string;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly entropy: Entropy;
  readonly logger: Logger;
}

const LOOP_RESOLUTION_MS = 20;
const SELF: Holder = { name: 'hub', role: 'admin', device: null, mayBe: () => true };

export class Vitals {
  readonly #parts: VitalsParts;
  readonly #ownEpochs: OwnEpochs;
  readonly #ackUs = createHistogram();
  readonly #loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  #before: { readonly sample: VitalsSample; readonly atUs: number } | null = null;
  #cancel: () => void = () => undefined;

  constructor(parts: VitalsParts) {
    this.#parts = parts;
    this.#ownEpochs = new OwnEpochs(parts.entropy);
    this.#loopDelay.enable();
    this.#store([{ n: 'hub/started', vs: parts.stats().hub.version }]);
    this.#schedule();
  }

  observeAck(latencyUs: number): void {
    this.#ackUs.record(Math.max(1, Math.round(latencyUs)));
  }

  close(): void {
    this.#cancel();
    const losses = lossSigns(this.#parts.core.losses.texts());
    if (losses.length > 0) this.#store(losses);
    this.#loopDelay.disable();
  }

  #schedule(): void {
    this.#cancel = this.#parts.timers.after(this.#parts.intervalMs, () => {
      this.#schedule();
      this.#write();
    });
  }

  #write(): void {
    const { clock } = this.#parts;
    const sample = this.#look();
    const atUs = clock.monotonicUs();
    const signs = vitalSigns(
      sample,
      this.#before?.sample ?? null,
      (atUs - (this.#before?.atUs ?? atUs)) / 1e6,
    );
    this.#before = { sample, atUs };
    this.#ackUs.reset();
    this.#loopDelay.reset();
    this.#store([...signs, ...lossSigns(this.#parts.core.losses.texts())]);
  }

  /** A log that cannot take them now has its own way to say so. */
  #store(signs: readonly VitalSign[]): void {
    const { core, clock, device, logger } = this.#parts;
    if (core.log.state !== 'ok') return;
    const nowUs = clock.utcUs();
    const [first, ...rest] = signs;
    try {
      const taken = storePack([{ ...first, bt: nowUs / 1e6 }, ...rest], {
        ...{ ingest: core.ingest, ownEpochs: this.#ownEpochs, holder: SELF, device, key: null, nowUs },
      });
      for (const entry of taken.devices) {
        entry.postedUs = nowUs;
        core.presence.look(entry);
      }
      for (const { error } of taken.refused) logger.warn({ err: error }, 'a vital sign was refused');
    } catch (error) {
      logger.warn({ err: WeirError.from(error) }, 'no vital signs this time');
    }
  }

  #look(): VitalsSample {
    const { core, stats } = this.#parts;
    const devices: Record<DeviceState, number> = { online: 0, stale: 0, offline: 0 };
    let backlogFrames = 0;
    for (const device of core.registry.devices.values()) {
      if (device.name === this.#parts.device) continue;
      devices[core.presence.of(device).state]++;
      backlogFrames += device.backlog.frames;
    }
    const { user, system } = process.cpuUsage();
    return {
      ...{ stats: stats(), devices, backlogFrames, ackUs: this.#ackUs, loopDelayNs: this.#loopDelay },
      cpuSeconds: (user + system) / 1e6,
      residentBytes: process.memoryUsage.rss(),
    };
  }
}
