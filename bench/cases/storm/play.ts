/** What happens to the hub, and how the fleet takes it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WeirError } from '@weir/runtime';
import type { BenchContext } from '../../case.js';
import type { CrowdMethods, CrowdReport } from '../../load/crowd-process.js';
import { processUse } from '../../measure/process-meter.js';
import { Child } from '../../processes/child.js';
import type { LoopDelay } from '../../servers/event-loop.js';
import type { HubMethods } from '../../servers/hub-process.js';
import type { StormOptions } from './storm.js';

export interface StormEvent {
  readonly kind: 'arrival' | 'restart' | 'crash' | 'stop';
  readonly devices: number;
  /** From the event (arrival: from the first attempt) until every device had its welcome; null for a stop. */
  readonly all_live_s: number | null;
  /** Until the new hub listened; for a stop, until the old one had ended. */
  readonly hub_s: number;
  readonly loop_delay_ms: LoopDelay;
  readonly refusals: number;
  /** Of the device that was refused most often. */
  readonly refusals_max: number;
  readonly unreachable: number;
  /** Devices that were told to go. */
  readonly goodbyes: number;
  readonly lost: number;
  readonly hub_cpu_s: number;
  readonly hub_rss_peak_mb: number;
}

const HUB_PROCESS = new URL('../../servers/hub-process.js', import.meta.url);
const PROGRESS_MS = 2_000;
/** All of the fleet at once. */
const ARRIVAL_MS = 1_000;
/** A storm is at its height a while after it began. */
const AMID_MS = 5_000;

export class Storm {
  readonly #options: StormOptions;
  readonly #dir: string;
  readonly #crowd: Child<CrowdMethods>;
  readonly #context: BenchContext;
  #hub: Child<HubMethods> | null = null;
  #port = 0;
  #hubs = 0;

  constructor(options: StormOptions, dir: string, crowd: Child<CrowdMethods>, context: BenchContext) {
    this.#options = options;
    this.#dir = dir;
    this.#crowd = crowd;
    this.#context = context;
  }

  async arrive(): Promise<StormEvent> {
    const startMs = performance.now();
    const { token } = await this.#start();
    const hubS = (performance.now() - startMs) / 1000;
    const { devices } = this.#options;
    await this.#crowd.call('mark');
    await this.#crowd.call('connect', {
      ...{ port: this.#port, token, devices, isHub: true, spreadMs: ARRIVAL_MS },
    });
    return this.#untilLive('arrival', hubS);
  }

  async restart(kind: 'restart' | 'crash'): Promise<StormEvent> {
    await this.#crowd.call('mark');
    const startMs = performance.now();
    await this.#end(kind === 'crash');
    await this.#start();
    return this.#untilLive(kind, (performance.now() - startMs) / 1000);
  }

  /** Another crash, and a stop in the storm that follows. */
  async stopAmid(): Promise<StormEvent> {
    await this.#crowd.call('mark');
    await this.#end(true);
    const hub = await this.#start();
    await sleep(AMID_MS, undefined, { signal: this.#context.signal });
    const delay = await hub.call('loopDelay');
    const use = processUse(hub.pid);
    const startMs = performance.now();
    await this.#end(false);
    const hubS = (performance.now() - startMs) / 1000;
    return eventOf('stop', hubS, null, await this.#crowd.call('report'), delay, use);
  }

  async end(): Promise<void> {
    await this.#hub?.end();
  }

  async #start(): Promise<Child<HubMethods> & { token: string }> {
    const { connects_per_second, profile } = this.#options;
    const execArgv =
      profile === ''
        ? []
        : ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=hub-${++this.#hubs}.cpuprofile`];
    const hub = new Child<HubMethods>(HUB_PROCESS, { signal: this.#context.signal, execArgv });
    this.#hub = hub;
    const { port, token } = await hub.call('start', {
      ...{ listen: { port: this.#port }, data_dir: this.#dir, limits: { connects_per_second } },
    });
    this.#port = port;
    return Object.assign(hub, { token });
  }

  async #end(kill: boolean): Promise<void> {
    const hub = this.#hub;
    this.#hub = null;
    if (kill && hub !== null) process.kill(hub.pid, 'SIGKILL');
    await hub?.end();
  }

  async #untilLive(kind: StormEvent['kind'], hubS: number): Promise<StormEvent> {
    const hub = this.#hub;
    if (hub === null) throw new WeirError('bench.child_failed', 'there is no hub');
    const { devices, timeout } = this.#options;
    const done = this.#crowd.call('allLive');
    for (;;) {
      const report = await Promise.race([done, sleep(PROGRESS_MS, null, { signal: this.#context.signal })]);
      if (report !== null) {
        this.#context.progress(`${kind}: all ${devices} live after ${report.seconds.toFixed(1)} s`);
        const delay = await hub.call('loopDelay');
        return eventOf(kind, hubS, report.seconds, report, delay, processUse(hub.pid));
      }
      const { live, seconds, refusals } = await this.#crowd.call('report');
      this.#context.progress(
        `${kind}: ${live} of ${devices} live after ${seconds.toFixed(0)} s, ${refusals} refusals`,
      );
      if (seconds > timeout)
        throw new WeirError('bench.refused', `${devices - live} devices are not back after ${timeout} s`);
    }
  }
}

function eventOf(
  kind: StormEvent['kind'],
  hubS: number,
  allLiveS: number | null,
  report: CrowdReport,
  delay: LoopDelay,
  use: { readonly cpuS: number; readonly rssPeakBytes: number },
): StormEvent {
  return {
    kind,
    devices: report.live,
    all_live_s: allLiveS,
    hub_s: hubS,
    loop_delay_ms: delay,
    refusals: report.refusals,
    refusals_max: report.refusalsMax,
    unreachable: report.unreachable,
    goodbyes: report.goodbyes,
    lost: report.lost,
    hub_cpu_s: use.cpuS,
    hub_rss_peak_mb: use.rssPeakBytes / 1e6,
  };
}
