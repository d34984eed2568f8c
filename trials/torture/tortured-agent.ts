/** One agent, through all the runs of its process, and what it last told. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AgentMessage, AgentSettings } from './agent-settings.js';
import { Child } from './child.js';

const AGENT = fileURLToPath(new URL('./agent-process.js', import.meta.url));
/** Values of one run; the next run's begin above. */
const VALUES_PER_RUN = 10_000_000;

export type TorturedAgentOptions = Pick<
  AgentSettings,
  'device' | 'hub' | 'token' | 'spoolDir' | 'readingsPerSecond'
> & { readonly folder: string };

export class TorturedAgent {
  readonly device: string;
  readonly journal: string;
  readonly child: Child;
  connected = false;
  drained = false;
  /** Readings confirmed, of all its runs. */
  acked = 0;
  #ackedThisRun = 0;

  constructor({ folder, ...settings }: TorturedAgentOptions) {
    const { device } = settings;
    this.device = device;
    this.journal = join(folder, `${device}.journal`);
    this.child = new Child({
      name: device,
      program: { module: AGENT },
      args: () => {
        this.connected = false;
        this.#ackedThisRun = 0;
        const start = 1 + this.child.starts * VALUES_PER_RUN;
        const full: AgentSettings = { ...settings, journal: this.journal, start };
        return [JSON.stringify(full)];
      },
      logFile: join(folder, 'logs', `${device}.log`),
      onMessage: (message) => this.#told(message as AgentMessage),
    });
  }

  /** It takes no more readings, and ends when the hub has confirmed all. */
  finish(): void {
    this.child.dismiss('finish');
  }

  #told(message: AgentMessage): void {
    if (message.type === 'drained') {
      this.drained = true;
      return;
    }
    this.acked += message.acked - this.#ackedThisRun;
    this.#ackedThisRun = message.acked;
    this.connected = message.connected;
  }
}
