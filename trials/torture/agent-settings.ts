/** What an agent's process is told, and what it tells. */
export interface AgentSettings {
  readonly device: string;
  readonly hub: string;
  readonly token: string;
  readonly spoolDir: string;
  readonly journal: string;
  /** The first value; each reading takes the next. */
  readonly start: number;
  readonly readingsPerSecond: number;
}

/** What it tells its parent, several times a second. */
export type AgentMessage =
  | { readonly type: 'state'; readonly connected: boolean; readonly acked: number; readonly backlog: number }
  | { readonly type: 'drained' };

/** The source of its readings: channels `torture/number` and `torture/text`. */
export const SOURCE = 'torture';
