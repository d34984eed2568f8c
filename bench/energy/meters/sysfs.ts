import { readFile } from 'node:fs/promises';
import { messageOf, systemCode, WeirError } from '@weir/runtime';

/** A number from a file of sysfs. Throws `bench.meter_denied` with `whatToDo`, or `bench.meter_failed`. */
export async function readNumber(file: string, whatToDo: string): Promise<number> {
  const text = await readText(file, whatToDo);
  const value = Number(text);
  if (text !== '' && Number.isFinite(value)) return value;
  throw new WeirError(
    'bench.meter_failed',
    `${file}: expected a number, got ${JSON.stringify(text.slice(0, 40))}`,
  );
}

/** A line from a file of sysfs, trimmed. */
export async function readText(file: string, whatToDo: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EACCES' || code === 'EPERM')
      throw new WeirError('bench.meter_denied', `${file} may not be read: ${whatToDo}`, { cause: error });
    throw new WeirError('bench.meter_failed', `${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
