import type { ErrorCodeName } from './error-registry.js';

export interface WeirErrorOptions {
  /** Overrides the registry: may the same call succeed later? */
  readonly retryable?: boolean;
  /** The place, the limit and the value, for logs and `--json`. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The one error class of Weir's own failures. `code` stands in the registry (docs/errors.md). */
export class WeirError extends Error {
  readonly code: ErrorCodeName;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCodeName, message: string, options: WeirErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'WeirError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }

  /** Whatever was thrown, as a WeirError; foreign errors become `internal.unexpected` with themselves as the cause. */
  static from(thrown: unknown): WeirError {
    if (thrown instanceof WeirError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new WeirError('internal.unexpected', message, { cause: thrown });
  }
}

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The system's error code (`ENOENT`, `ECONNREFUSED`) of anything thrown, or null. */
export function systemCode(thrown: unknown): string | null {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return null;
  return typeof thrown.code === 'string' ? thrown.code : null;
}
