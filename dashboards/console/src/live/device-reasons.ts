import type { HubClient } from '../api/client.js';
import type { Finding, Totals } from '../api/types.js';
import { Observed } from '../store/observed.js';
import { Poll } from './poll.js';

const EXPLAIN_MS = 3_000;
const TOTALS_MS = 10_000;

/** Why something of the device on show does not arrive, and what became of its frames; asked again and again. */
export class DeviceReasons {
  /** Null until the hub has answered, and when it does not. */
  readonly findings = new Observed<readonly Finding[] | null>(null);
  readonly totals = new Observed<Totals | null>(null);
  readonly #polls: readonly Poll[];

  constructor(client: Pick<HubClient, 'explain' | 'totals'>, device: string) {
    // That the hub does not answer is told by the banner: what was found last is no longer known to be so.
    const askFindings = async (): Promise<number> => {
      this.findings.set(await client.explain(device));
      return EXPLAIN_MS;
    };
    const askTotals = async (): Promise<number> => {
      this.totals.set(await client.totals(device));
      return TOTALS_MS;
    };
    this.#polls = [
      new Poll(askFindings, () => this.findings.set(null)),
      new Poll(askTotals, () => this.totals.set(null)),
    ];
  }

  close(): void {
    for (const poll of this.#polls) poll.close();
  }
}
