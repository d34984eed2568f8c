/**
 * What an operator asks of the quarantine: to see what is in it, to try it again, to throw it away.
 *
 *   retry: entries ──lines──► server ──taken──► over, stored
 *                                └───refused──► again, with the new reason
 *
 * At each moment an entry is in the quarantine, or confirmed by the server: it is over only after that. A retry cut short
 * leaves entries that are stored already; tried again they make the same points.
 */
import { WeirError } from '@weir/runtime';
import type {
  QuarantineAnswers,
  QuarantinePage,
  QuarantineRequest,
  QuarantineSelection,
} from '../quarantine-requests.js';
import type { LineWriter } from './client.js';
import type { PlacedEntry, Quarantine } from './quarantine.js';
import { settle } from './settle.js';

export interface DeskParts {
  /** Lends the quarantine, which is open meanwhile. */
  readonly lend: <T>(use: (quarantine: Quarantine) => Promise<T>) => Promise<T>;
  /** A connection of its own: the sink's has one request at a time. */
  readonly connect: () => LineWriter;
}

/** Lines in one write request. */
const RETRY_LINES = 2_000;

export class QuarantineDesk {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** Throws `influx.*` (the server does not answer), `hub.bad_request` (a cursor that is none), `log.*`. */
  answer(
    request: QuarantineRequest,
    signal: AbortSignal,
  ): Promise<QuarantineAnswers[QuarantineRequest['kind']]> {
    return this.#parts.lend<QuarantineAnswers[QuarantineRequest['kind']]>((quarantine) => {
      switch (request.kind) {
        case 'quarantine_of':
          return summary(quarantine, request.device);
        case 'quarantine_list':
          return list(quarantine, request);
        case 'quarantine_retry':
          return this.#retry(quarantine, request, signal);
        case 'quarantine_drop':
          return drop(quarantine, request);
      }
    });
  }

  async #retry(
    quarantine: Quarantine,
    { by, ...selection }: Extract<QuarantineRequest, { kind: 'quarantine_retry' }>,
    signal: AbortSignal,
  ): Promise<QuarantineAnswers['quarantine_retry']> {
    const { places, nextCursor } = select(quarantine, selection);
    const client = this.#parts.connect();
    const stop = (): void => client.close();
    signal.addEventListener('abort', stop);
    const done = { tried: 0, stored: 0, refused: 0 };
    try {
      for (let at = 0; at < places.length; at += RETRY_LINES) {
        const entries = await quarantine.read(places.slice(at, at + RETRY_LINES));
        const refused = await tryAgain(entries, quarantine, client, by);
        done.tried += entries.length;
        done.refused += refused;
        done.stored += entries.length - refused;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      client.close();
    }
    return { ...done, left: quarantine.count, nextCursor };
  }
}

/** Returns how many were refused again. */
async function tryAgain(
  entries: readonly PlacedEntry[],
  quarantine: Quarantine,
  client: LineWriter,
  by: string,
): Promise<number> {
  const rejections = await settle(
    entries.map(({ entry }) => entry.line),
    (some) => client.write(some),
  );
  const refused = rejections.flatMap(({ line, status, reason }) => {
    const placed = entries[line];
    return placed === undefined ? [] : [{ ...placed, status, reason }];
  });
  const again = new Set(refused.map(({ place }) => place));
  const stored = entries.map(({ place }) => place).filter((place) => !again.has(place));
  if (stored.length > 0) await quarantine.over(stored, 'stored', by);
  if (refused.length > 0) await quarantine.again(refused);
  return refused.length;
}

async function drop(
  quarantine: Quarantine,
  { by, ...selection }: Extract<QuarantineRequest, { kind: 'quarantine_drop' }>,
): Promise<QuarantineAnswers['quarantine_drop']> {
  const { places, nextCursor } = select(quarantine, selection);
  if (places.length > 0) await quarantine.over(places, 'dropped', by);
  return { dropped: places.length, left: quarantine.count, nextCursor };
}

async function list(quarantine: Quarantine, selection: QuarantineSelection): Promise<QuarantinePage> {
  const { places, nextCursor } = select(quarantine, selection);
  const entries = await quarantine.read(places);
  return { count: quarantine.count, expired: quarantine.expired, entries: entries.map(listed), nextCursor };
}

function listed({ place, entry }: PlacedEntry): QuarantinePage['entries'][number] {
  const { at_us: atUs, status, reason, line, device, channel, epoch, seq, index } = entry;
  return { id: place, atUs, status, reason, line, device, channel, epoch, seq, index };
}

async function summary(quarantine: Quarantine, device: string): Promise<QuarantineAnswers['quarantine_of']> {
  const found = quarantine.of(device);
  if (found === null) return null;
  const [first] = await quarantine.read([found.first]);
  const [last] = await quarantine.read([found.last]);
  if (first === undefined || last === undefined) return null;
  return { readings: found.count, sinceUs: first.entry.at_us, reason: last.entry.reason };
}

/** Entries from the cursor on, at most `limit`; those put here since the first page are not among them. */
function select(
  quarantine: Quarantine,
  { device, limit, cursor }: QuarantineSelection,
): { places: number[]; nextCursor: string | null } {
  const { from, to } = cursor === null ? { from: 0, to: quarantine.end } : parseCursor(cursor);
  const places = quarantine.places(from, to, device, limit + 1);
  const next = places.length > limit ? places.pop() : undefined;
  return { places, nextCursor: next === undefined ? null : `${next}-${to}` };
}

function parseCursor(cursor: string): { from: number; to: number } {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(cursor);
  if (match === null)
    throw new WeirError(
      'hub.bad_request',
      `cursor: ${JSON.stringify(cursor.slice(0, 50))} is not one of a page of this list`,
    );
  return { from: Number(match[1]), to: Number(match[2]) };
}
