/**
 * Serves subscribers from the log, each from its own cursor.
 *
 *   subscribers at one cursor ──read once──► records ──render once──► text for each that wants it
 *
 * Runnable is who is behind the durable end and has room in its window; groups take turns, so that one that reads a
 * year of log holds up nobody at the tail. Who catches up with others joins their group. Nothing waits for a slow
 * subscriber but itself: its cursor stays, and the log keeps what it has not read. A live one that is far behind goes on
 * at the end, and is told what it was not sent; so a flood of old readings costs it neither time nor text. One that takes
 * a portion (taken.ts) is served like the others, until it has something to take home.
 */
import type { LogBatch } from '@weir/log';
import { messageOf } from '@weir/runtime';
import type { SeriesIdentity } from '../registry/series.js';
import { LeftOut } from './left-out.js';
import type { FromStreamWorker, StreamEvent, StreamFilter } from './messages.js';
import { renderRecord, type RenderedRecord } from './render.js';
import { Taken } from './taken.js';
import { wantedBy } from './wanted.js';

/** What the follower needs of `LogReader`. */
export interface RecordSource {
  read(from: number, upTo: number, maxBytes?: number): Promise<LogBatch>;
}

export interface FollowerParts {
  readonly source: RecordSource;
  readonly windowCharacters: number;
  readonly post: (message: FromStreamWorker) => void;
  /** Waits before the log is read again after an error. */
  readonly pause: () => Promise<void>;
}

interface Subscriber {
  readonly id: number;
  readonly wants: (series: SeriesIdentity) => boolean;
  /** What it was not sent and is yet to be told of; null for one that gets everything. */
  readonly leftOut: LeftOut | null;
  /** What it takes home at once; null for one that is sent message after message. */
  readonly taken: Taken | null;
  /** Takes everything, so that little of the log passes it in silence. */
  readonly unfiltered: boolean;
  cursor: number;
  /** Sent and not yet consumed. */
  outstanding: number;
  caughtUp: boolean;
  /** Log read since the last message, so that a cursor moves even where nothing matches. */
  silentFrom: number;
}

const READ_BYTES = 128 * 1024;
const MESSAGE_CHARACTERS = 256 * 1024;
const SILENT_BYTES_MAX = 2 ** 20;
/** Log that a live subscriber may be behind. */
const LIVE_BYTES_MAX = 4 * 2 ** 20;

export class Follower {
  readonly #parts: FollowerParts;
  readonly #series: (SeriesIdentity | undefined)[] = [];
  /** In the order of turns. */
  readonly #subscribers = new Map<number, Subscriber>();
  #durable = 0;
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
  }

  announce(series: readonly SeriesIdentity[]): void {
    for (const each of series) this.#series[each.id] = each;
  }

  advance(durable: number): void {
    this.#durable = Math.max(this.#durable, durable);
    this.#wake();
  }

  subscribe(id: number, from: number, filter: StreamFilter, portion: number | null = null): void {
    const unfiltered = filter.devices === null && filter.channels === null;
    const place = { cursor: from, outstanding: 0, caughtUp: false, silentFrom: from };
    const leftOut = filter.mode === 'live' ? new LeftOut() : null;
    const taken = portion === null ? null : new Taken(from, portion);
    const subscriber = { id, wants: wantedBy(filter), leftOut, taken, unfiltered, ...place };
    this.#subscribers.set(id, subscriber);
    if (from >= this.#durable) this.#tellCaughtUp(subscriber);
    this.#wake();
  }

  /** One that takes a portion waits no longer. */
  finish(id: number): void {
    const subscriber = this.#subscribers.get(id);
    const taken = subscriber?.taken ?? null;
    if (subscriber === undefined || taken === null) return;
    taken.due = true;
    this.#handOver(subscriber);
  }

  unsubscribe(id: number): void {
    this.#subscribers.delete(id);
  }

  /** So much of what was sent to a subscriber has left this machine. */
  consumed(id: number, characters: number): void {
    const subscriber = this.#subscribers.get(id);
    if (subscriber === undefined) return;
    subscriber.outstanding -= characters;
    this.#wake();
  }

  /** Resolves when the read under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  #wake(): void {
    if (this.#running !== null || this.#closed) return;
    this.#running = this.#run().finally(() => {
      this.#running = null;
      if (this.#nextGroup().length > 0) this.#wake();
    });
  }

  async #run(): Promise<void> {
    for (let group = this.#nextGroup(); group.length > 0 && !this.#closed; group = this.#nextGroup()) {
      const [first] = group;
      if (first === undefined) return;
      try {
        const batch = await this.#parts.source.read(first.cursor, this.#durable, READ_BYTES);
        this.#serve(group, batch);
      } catch (error) {
        this.#parts.post({ type: 'fault', message: messageOf(error) });
        await this.#parts.pause();
      }
    }
  }

  /** The runnable subscribers that stand where the one whose turn it is stands. */
  #nextGroup(): Subscriber[] {
    let cursor: number | null = null;
    const group: Subscriber[] = [];
    for (const subscriber of this.#subscribers.values()) {
      if (subscriber.cursor >= this.#durable || subscriber.outstanding > this.#parts.windowCharacters)
        continue;
      if (this.#goneAhead(subscriber)) continue;
      cursor ??= subscriber.cursor;
      if (subscriber.cursor === cursor) group.push(subscriber);
    }
    return group;
  }

  /** Lets a live subscriber that is far behind go on at the end. */
  #goneAhead(subscriber: Subscriber): boolean {
    if (subscriber.leftOut === null || this.#durable - subscriber.cursor <= LIVE_BYTES_MAX) return false;
    subscriber.cursor = this.#durable;
    this.#post(subscriber, 'left_out', subscriber.leftOut.take(this.#durable, true), this.#durable);
    this.#tellCaughtUp(subscriber);
    this.#handOver(subscriber);
    return true;
  }

  #serve(group: readonly Subscriber[], batch: LogBatch): void {
    const records = batch.records.map(({ data, next }) => this.#render(data, next));
    for (const subscriber of group) {
      if (this.#subscribers.get(subscriber.id) !== subscriber) continue;
      for (const { from, to, reason } of batch.skipped) {
        this.#send(subscriber, 'skipped', { from: String(from), to: String(to), reason }, to);
      }
      subscriber.cursor = this.#sendRecords(subscriber, records) ?? batch.next;
      if (subscriber.cursor - subscriber.silentFrom > SILENT_BYTES_MAX && subscriber.taken === null)
        this.#sendBatches(subscriber, [], subscriber.cursor);
      if (subscriber.cursor >= this.#durable) this.#tellCaughtUp(subscriber);
      this.#subscribers.delete(subscriber.id);
      this.#subscribers.set(subscriber.id, subscriber);
      this.#handOver(subscriber);
    }
  }

  /** Ends one that has its portion. */
  #handOver({ id, taken, cursor, caughtUp }: Subscriber): void {
    const atEnd = cursor >= this.#durable;
    if (taken?.complete(cursor, caughtUp, atEnd) !== true) return;
    this.#subscribers.delete(id);
    this.#parts.post({ type: 'portion', id, texts: taken.texts, cursor, caughtUp: atEnd });
  }

  #render(data: Uint8Array, next: number): RenderedRecord {
    try {
      return renderRecord(data, next, (id) => this.#series[id]);
    } catch (error) {
      this.#parts.post({ type: 'fault', message: `record before ${next}: ${messageOf(error)}` });
      return { next, columns: [] };
    }
  }

  /** Returns where it stopped short of the end, because a portion was full; else null. */
  #sendRecords(subscriber: Subscriber, records: readonly RenderedRecord[]): number | null {
    const { leftOut, taken } = subscriber;
    let batches: string[] = [];
    let characters = 0;
    let next = subscriber.cursor;
    const flush = (): void => {
      if (batches.length > 0) this.#sendBatches(subscriber, batches, next);
      if (leftOut !== null && leftOut.size > 0)
        this.#post(subscriber, 'left_out', leftOut.take(next, false), next);
      batches = [];
      characters = 0;
    };
    for (const record of records) {
      for (const column of record.columns) {
        if (!subscriber.wants(column.series)) continue;
        const late = leftOut === null ? null : column.late();
        if (late !== null) leftOut?.add(column.series, late);
        else characters += batches[batches.push(column.json()) - 1]?.length ?? 0;
      }
      next = record.next;
      const full = taken?.full(characters) === true;
      if (characters >= MESSAGE_CHARACTERS || leftOut?.full === true || full) flush();
      if (full) return next;
    }
    flush();
    return null;
  }

  #sendBatches(subscriber: Subscriber, batches: readonly string[], next: number): void {
    const text = `{"type":"readings","cursor":"${next}","batches":[${batches.join(',')}]}`;
    this.#post(subscriber, 'readings', text, next);
  }

  /** Once; and again to who takes everything when the log ends in records without readings, for its cursor's sake. */
  #tellCaughtUp(subscriber: Subscriber): void {
    const passedInSilence = subscriber.unfiltered && subscriber.silentFrom < subscriber.cursor;
    if (subscriber.caughtUp && !passedInSilence) return;
    subscriber.caughtUp = true;
    if (subscriber.taken !== null) return;
    this.#send(subscriber, 'caught_up', { cursor: String(subscriber.cursor) }, subscriber.cursor);
  }

  #send(subscriber: Subscriber, event: StreamEvent, more: object, cursor: number): void {
    this.#post(subscriber, event, JSON.stringify({ type: event, ...more }), cursor);
  }

  #post(subscriber: Subscriber, event: StreamEvent, text: string, cursor: number): void {
    subscriber.silentFrom = cursor;
    if (subscriber.taken !== null) return subscriber.taken.add(text);
    subscriber.outstanding += text.length;
    this.#parts.post({ type: 'text', id: subscriber.id, event, text, cursor });
  }
}
