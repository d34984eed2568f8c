/** Questions about what a store refused for good and the hub set aside. */

export interface QuarantineSelection {
  /** Only those of this device; null for all. */
  readonly device: string | null;
  /** At most so many entries with one request. */
  readonly limit: number;
  /** `nextCursor` of the request before, with the same selection otherwise; null at first. */
  readonly cursor: string | null;
}

export type QuarantineRequest =
  | ({ readonly kind: 'quarantine_list' } & QuarantineSelection)
  /** `by`: who asks, for the record. */
  | ({ readonly kind: 'quarantine_retry'; readonly by: string } & QuarantineSelection)
  | ({ readonly kind: 'quarantine_drop'; readonly by: string } & QuarantineSelection)
  | { readonly kind: 'quarantine_of'; readonly device: string };

/** Told from other requests to stores by the name of its kind. */
export function isOfQuarantine<R extends { readonly kind: string }>(
  request: R,
): request is Extract<R, QuarantineRequest> {
  return request.kind.startsWith('quarantine_');
}

export interface QuarantinePage {
  /** Readings in the whole quarantine. */
  readonly count: number;
  /** Readings that had to go since the store was opened, because there were too many. */
  readonly expired: number;
  readonly entries: readonly {
    readonly id: number;
    readonly atUs: number;
    /** HTTP status with which the server refused it, and why in its words. */
    readonly status: number;
    readonly reason: string;
    /** As it was to be written. */
    readonly line: string;
    readonly device: string;
    readonly channel: string;
    readonly epoch: number;
    readonly seq: number;
    readonly index: number;
  }[];
  readonly nextCursor: string | null;
}

/** What each kind of request is answered with. `left`: readings then in the whole quarantine. */
export interface QuarantineAnswers {
  quarantine_list: QuarantinePage;
  quarantine_retry: {
    readonly tried: number;
    readonly stored: number;
    readonly refused: number;
    readonly left: number;
    readonly nextCursor: string | null;
  };
  quarantine_drop: { readonly dropped: number; readonly left: number; readonly nextCursor: string | null };
  quarantine_of: { readonly readings: number; readonly sinceUs: number; readonly reason: string } | null;
}
