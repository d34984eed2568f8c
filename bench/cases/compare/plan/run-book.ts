/**
 * The file of runs: one line of JSON each, synced when it is written, so that a comparison that was stopped goes on where it
 * was. The first line says what is being measured; runs of another plan are not mixed in.
 */
import { createHash } from 'node:crypto';
import { appendFile, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFile } from '@weir/log';
import { makeDirectory, messageOf, WeirError } from '@weir/runtime';
import type { RunRecord } from '../record.js';
import type { RunPlan } from '../scenario.js';
import { runKey } from './plan.js';

const FILE = 'runs.jsonl';
const LOCK = 'lock';

/** What must be equal for runs to belong together. */
export interface Undertaking {
  readonly commit: string;
  /** Options that change what is measured. */
  readonly options: object;
  readonly plans: readonly RunPlan[];
}

export class RunBook {
  readonly #path: string;
  readonly #records: Map<string, RunRecord>;
  readonly #unlock: () => Promise<void>;

  private constructor(path: string, records: Map<string, RunRecord>, unlock: () => Promise<void>) {
    this.#path = path;
    this.#records = records;
    this.#unlock = unlock;
  }

  /**
   * Opens the book in a folder, made if absent. `fresh` forgets what it held. Throws `bench.other_plan` when its runs are of
   * another plan, `bench.bad_folder`, and `log.locked` while another comparison has it open.
   */
  static async open(folder: string, undertaking: Undertaking, fresh: boolean): Promise<RunBook> {
    const path = join(folder, FILE);
    const locked = await usable(path, async () => {
      await makeDirectory(folder);
      return lockFile(join(folder, LOCK));
    });
    try {
      const records = await usable(path, () => recordsIn(path, undertaking, fresh));
      return new RunBook(path, records, locked);
    } catch (error) {
      await locked();
      throw error;
    }
  }

  get records(): readonly RunRecord[] {
    return [...this.#records.values()];
  }

  has(plan: RunPlan): boolean {
    return this.#records.has(runKey(plan));
  }

  async add(record: RunRecord): Promise<void> {
    const line = JSON.stringify(record, rounded);
    await appendFile(this.#path, `${line}\n`, { flush: true });
    // As it is read again: a comparison that was stopped has the same figures as one that was not.
    this.#records.set(runKey(record.plan), JSON.parse(line) as RunRecord);
  }

  /** Of a finished comparison the report has all runs: who asks again wants new ones. */
  async finish(): Promise<void> {
    await rm(this.#path);
  }

  close(): Promise<void> {
    return this.#unlock();
  }
}

async function recordsIn(
  path: string,
  undertaking: Undertaking,
  fresh: boolean,
): Promise<Map<string, RunRecord>> {
  const title = JSON.stringify({ plan: fingerprint(undertaking) });
  if (fresh) await rm(path, { force: true });
  const lines = await completeLines(path);
  if (lines.length === 0) await appendFile(path, `${title}\n`, { flush: true });
  else if (lines[0] !== title) throw otherPlan(path);
  const records = lines.slice(1).map((line) => JSON.parse(line) as RunRecord);
  return new Map(records.map((record) => [runKey(record.plan), record]));
}

async function usable<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof WeirError) throw error;
    throw new WeirError('bench.bad_folder', `cannot use ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** Seven digits are more than any clock or counter here can tell. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(7)) : value;
}

function fingerprint(undertaking: Undertaking): string {
  return createHash('sha256').update(JSON.stringify(undertaking)).digest('hex');
}

function otherPlan(path: string): WeirError {
  const message = `${path} holds runs of another plan, or of another commit: name another folder with --report, or begin anew with --fresh`;
  return new WeirError('bench.other_plan', message);
}

/** The lines of a file, without one that a crash cut: that one is taken off the file. None when there is no file. */
async function completeLines(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  const end = text.lastIndexOf('\n') + 1;
  if (end < text.length) await truncate(path, Buffer.byteLength(text.slice(0, end)));
  return text.slice(0, end).split('\n').slice(0, -1);
}
