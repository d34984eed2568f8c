/** A source that reads at a pace of its own: at the start and then every interval, one reading at a time. */
import { messageOf } from '@weir/runtime';
import { ChannelMap } from '../channel-map.js';
import type { ChannelConfig } from '../channel-config.js';
import type { ReadingMeta, Source, SourceDeps, SourceOutput, SourceRefusal } from '../source.js';

/** What was measured at one moment. */
export interface Measurements {
  value(name: string, value: number, unit: string): void;
  refused(name: string, why: SourceRefusal, message: string): void;
}

/** What every polled source is configured with. */
export interface PollConfig {
  readonly name: string;
  readonly interval_ms: number;
  readonly channels: Readonly<Record<string, ChannelConfig>>;
}

/** Reads all once. What it throws is reported as the state of the port; the next interval tries again. */
export type Measure = (out: Measurements) => Promise<void>;

export class PolledSource implements Source {
  readonly name: string;
  readonly #config: PollConfig;
  readonly #measure: Measure;
  readonly #deps: SourceDeps;
  readonly #metas = new Map<string, ReadingMeta>();
  #out: SourceOutput | null = null;
  #cancel: (() => void) | null = null;
  #dueUs = 0;

  constructor(config: PollConfig, measure: Measure, deps: SourceDeps) {
    this.name = config.name;
    this.#config = config;
    this.#measure = measure;
    this.#deps = deps;
  }

  start(out: SourceOutput): void {
    this.#out = out;
    this.#dueUs = this.#deps.clock.monotonicUs();
    this.#poll(out, new ChannelMap(this.#config.channels, false, out));
  }

  /** Does not wait for a reading under way, which a dead file system may hold for ever; its result is dropped. */
  async stop(): Promise<void> {
    this.#cancel?.();
    this.#out?.port('closed', 'stopped');
    this.#out = null;
    await Promise.resolve();
  }

  #poll(out: SourceOutput, map: ChannelMap): void {
    const live = (): boolean => this.#out === out;
    this.#measure(measurementsTo(map, this.#deps.clock.monotonicUs(), live, (unit) => this.#metaOf(unit)))
      .then(
        () => {
          if (live()) out.port('open', '');
        },
        (thrown: unknown) => {
          if (live()) out.port('waiting', messageOf(thrown));
        },
      )
      .finally(() => {
        if (live()) this.#cancel = this.#deps.timers.after(this.#pauseMs(), () => this.#poll(out, map));
      });
  }

  /** Until the next multiple of the interval since the start, so that the pace does not drift with the work. */
  #pauseMs(): number {
    const intervalUs = this.#config.interval_ms * 1000;
    const nowUs = this.#deps.clock.monotonicUs();
    this.#dueUs += intervalUs * Math.max(1, Math.ceil((nowUs - this.#dueUs) / intervalUs));
    return (this.#dueUs - nowUs) / 1000;
  }

  #metaOf(unit: string): ReadingMeta {
    let meta = this.#metas.get(unit);
    if (meta === undefined) {
      meta = { unit, intervalMs: this.#config.interval_ms };
      this.#metas.set(unit, meta);
    }
    return meta;
  }
}

/** Values of one moment on their way to the map, as long as the source lives. */
function measurementsTo(
  map: ChannelMap,
  takenUs: number,
  live: () => boolean,
  metaOf: (unit: string) => ReadingMeta,
): Measurements {
  return {
    value: (name, value, unit) => {
      if (live()) map.value(name, value, takenUs, metaOf(unit));
    },
    refused: (name, why, message) => {
      if (live()) map.refused(name, why, message);
    },
  };
}
