/** What the runs of a comparison share: the link between two ends, a certificate for the hub's, a folder. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { deviceProfiles, type DeviceProfile } from '../../../energy/device-profiles.js';
import type { Metering } from '../../../energy/meters/metering.js';
import type { Impairments } from '../../../network/impairments.js';
import { openLink, type Link } from '../../../network/link.js';
import { mosquittoPath } from '../../../servers/mosquitto.js';
import type { RunRecord } from '../record.js';
import { makeCertificate, type Certificate } from './certificate.js';

export interface LabOptions {
  /** Ends every process when it aborts. */
  readonly signal: AbortSignal;
  /** A folder on a disk, for what hubs store during their runs. */
  readonly dir: string;
  /** Devices that energy is modelled for; those that Weir brings, unless given. */
  readonly profiles?: readonly DeviceProfile[];
  /** Measures this machine's power in place of that. */
  readonly metering?: Metering | null;
  /** How the link is made; namespaces where they can be had, unless given. */
  readonly mode?: Link['mode'];
}

/** A link as it is now, and what it does, by its own probe. */
export interface ProbedLink {
  readonly link: Link;
  readonly achieved: RunRecord['achieved'];
}

/** A lab's folder is named by its process, so that who comes later knows it from one that was left by a crash. */
const FOLDER = 'weir-compare-';

export class Lab {
  readonly signal: AbortSignal;
  /** Of this lab alone; gone when it closes. */
  readonly dir: string;
  readonly profiles: readonly DeviceProfile[];
  readonly metering: Metering | null;
  /** Where mosquitto is; null when it is not installed, and runs of mqtt cannot be. */
  readonly mosquitto = mosquittoPath();
  readonly #options: LabOptions;
  #link: Link | null = null;
  #impairments = '';
  #achieved: RunRecord['achieved'] = null;
  #certificate: Promise<Certificate> | null = null;

  private constructor(options: LabOptions, dir: string) {
    this.signal = options.signal;
    this.dir = dir;
    this.profiles = options.profiles ?? deviceProfiles();
    this.metering = options.metering ?? null;
    this.#options = options;
  }

  static async open(options: LabOptions): Promise<Lab> {
    await sweep(options.dir);
    return new Lab(options, await mkdtemp(join(options.dir, `${FOLDER}${process.pid}-`)));
  }

  /**
   * The link with these impairments, its chances drawn from `seed`; probed anew where they are others than before. Rejects with
   * `bench.link_failed`.
   */
  async linkWith(impairments: Impairments, seed: number): Promise<ProbedLink> {
    const { signal, mode } = this.#options;
    const wanted = JSON.stringify(impairments);
    this.#link ??= await openLink(impairments, { seed, signal, ...(mode === undefined ? {} : { mode }) });
    if (wanted !== this.#impairments) {
      await this.#link.impair(impairments, seed);
      this.#achieved = await this.#link.probe();
      this.#impairments = wanted;
    }
    await this.#link.impair(impairments, seed);
    return { link: this.#link, achieved: this.#achieved };
  }

  /** For a server that listens at `address`, and may be reached through a proxy of this machine; the first call makes it. */
  certificateFor(address: string): Promise<Certificate> {
    this.#certificate ??= makeCertificate(this.dir, [...new Set([address, '127.0.0.1'])]);
    return this.#certificate;
  }

  async close(): Promise<void> {
    await this.#link?.close();
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** Removes the folders of labs whose process is gone. */
async function sweep(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const pid = new RegExp(`^${FOLDER}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid)))
      await rm(join(dir, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
