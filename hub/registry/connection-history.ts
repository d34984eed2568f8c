/** How the connections of a device came to their end: what is asked first when one is missing. */

/** Who ended it. `network`: it broke off without a word. */
export type EndedBy = 'hub' | 'device' | 'network';

export interface ConnectionEnd {
  readonly by: EndedBy;
  /** WebSocket close code; null when there was none. */
  readonly code: number | null;
  readonly reason: string;
}

export interface FormerConnection extends ConnectionEnd {
  readonly sinceUs: number;
  readonly atUs: number;
  readonly remote: string;
}

/** A newer connection of the same device took the place of one that was still open. */
export interface Takeover {
  readonly atUs: number;
  readonly from: string;
  readonly to: string;
}

const TAKEOVERS_KEPT = 16;

export class ConnectionHistory {
  /** Of the connections that no newer one took over, the last to end. */
  last: FormerConnection | null = null;
  readonly #takeovers: Takeover[] = [];

  takenOver(takeover: Takeover): void {
    this.#takeovers.push(takeover);
    if (this.#takeovers.length > TAKEOVERS_KEPT) this.#takeovers.shift();
  }

  /** Takeovers since then, oldest first; sixteen at most are remembered. */
  takeoversSince(sinceUs: number): Takeover[] {
    return this.#takeovers.filter(({ atUs }) => atUs >= sinceUs);
  }
}
