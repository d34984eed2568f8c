import { WeirError, messageOf, systemCode } from '@weir/runtime';

/** No space on the device, or none left of the quota: the one fault that passes by itself. */
export function isDiskFull(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** No free file descriptor, in this process or on the machine. Passes by itself, as others are closed. */
export function isOutOfFiles(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'EMFILE' || code === 'ENFILE';
}

/** The system's refusal as `log.io`, with the path and the words of the system; Weir's own errors pass. */
export function ioError(what: string, path: string, error: unknown): WeirError {
  if (error instanceof WeirError) return error;
  return new WeirError('log.io', `cannot ${what} ${path}: ${messageOf(error)}`, {
    retryable: true,
    details: { file: path },
    cause: error,
  });
}

/** Checks an offset that came from outside. Throws `log.bad_offset`. */
export function checkOffset(offset: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0) return;
  throw new WeirError('log.bad_offset', `an offset is an integer from 0 to 2^53 - 1, not ${offset}`, {
    details: { value: offset },
  });
}

/** On the way out of an error that is reported already, what else goes wrong changes nothing. */
export async function quietly(step: () => Promise<unknown>): Promise<void> {
  try {
    await step();
  } catch {
    return;
  }
}
