/**
 * What one agent put on the wire and what the hub confirmed of it, in a file that the agent itself knows nothing of.
 * One JSON array a line, appended by a write before the frame goes out, or before the agent sees the confirmation:
 *
 *   ["run", utc_us - monotonic_us]                  a process began; true for all times of this boot
 *   ["sent", epoch, seq, [[value, monotonic_us]...]]
 *   ["acked", epoch, first, last]
 *   ["rejected", epoch, seq, message]
 *
 * A line is in the kernel when `write` returns, so SIGKILL of the process cannot take it back; one that is cut short by
 * it tells of a frame that never left, or of a confirmation that nobody relied on, and is left out.
 */
import { openSync, readFileSync, writeSync } from 'node:fs';

/** The value as text: every reading of a device has a value of its own, so this names it. */
export type ReadingKey = string;

export type JournalLine =
  | readonly ['run', number]
  | readonly ['sent', number, number, readonly (readonly [ReadingKey, number])[]]
  | readonly ['acked', number, number, number]
  | readonly ['rejected', number, number, string];

export class JournalWriter {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
    // Ends a line that the process before could not finish.
    writeSync(this.#file, '\n');
  }

  write(line: JournalLine): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}

/** Every whole line. */
export function readJournal(path: string): JournalLine[] {
  return readFileSync(path, 'utf8').split('\n').flatMap(parse);
}

function parse(line: string): JournalLine[] {
  if (line === '') return [];
  try {
    return [JSON.parse(line) as JournalLine];
  } catch {
    return [];
  }
}
