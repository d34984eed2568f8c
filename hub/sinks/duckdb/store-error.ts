/** What DuckDB says, as what an operator can act on. Its messages are all there is: it gives no codes. */
import { messageOf, WeirError, type ErrorCodeName } from '@weir/runtime';

interface Known {
  readonly pattern: RegExp;
  readonly code: ErrorCodeName;
  readonly says: string;
  readonly retryable: boolean;
}

const KNOWN: readonly Known[] = [
  {
    pattern: /could not set lock|conflicting lock/i,
    code: 'store.locked',
    says: 'is in use by another process',
    retryable: true,
  },
  {
    pattern: /no space left|disk (?:is )?full|file too large|quota exceeded|out of disk/i,
    code: 'store.disk_full',
    says: 'has no room to grow',
    retryable: true,
  },
  {
    pattern: /not a valid duckdb database|corrupt|checksum|could not read enough bytes|serialization error/i,
    code: 'store.corrupt',
    says: 'is damaged or not a DuckDB database; move it away and the hub fills a new one from its log',
    retryable: false,
  },
  {
    pattern: /version number|newer version of duckdb|older version of duckdb/i,
    code: 'store.newer_schema',
    says: 'was written by another version of DuckDB',
    retryable: false,
  },
  {
    pattern:
      /permission denied|read-only file system|(?:is|not) a directory|no such file or directory|EEXIST/i,
    code: 'store.unreachable',
    says: 'cannot be opened',
    retryable: true,
  },
];

/** A WeirError `store.*` that names the file; WeirErrors pass unchanged. */
export function storeError(thrown: unknown, path: string): WeirError {
  if (thrown instanceof WeirError) return thrown;
  const message = messageOf(thrown);
  const known = KNOWN.find(({ pattern }) => pattern.test(message));
  const details = { path };
  if (known === undefined) {
    const text = `the embedded store ${path} failed: ${message}`;
    return new WeirError('store.failed', text, { retryable: true, details, cause: thrown });
  }
  return new WeirError(known.code, `the embedded store ${path} ${known.says} (${message})`, {
    retryable: known.retryable,
    details,
    cause: thrown,
  });
}
