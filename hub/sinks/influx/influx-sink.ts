/**
 * InfluxDB as a sink. The cursor is a file of our own, saved after the server has confirmed a batch: a crash in between
 * makes the batch come again, which leaves the same points. What the server refuses goes to the quarantine first.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Cursor } from '@weir/log';
import { systemClock, WeirError } from '@weir/runtime';
import type { Sink, SinkBatch } from '../sink.js';
import { InfluxClient } from './client.js';
import type { InfluxOptions } from './config.js';
import { linesOf, type Line } from './lines.js';
import { Quarantine, type Refused } from './quarantine.js';
import { settle, type Rejection } from './settle.js';

interface Open {
  readonly client: InfluxClient;
  readonly cursor: Cursor;
  readonly quarantine: Quarantine;
}

export class InfluxSink implements Sink {
  readonly #options: InfluxOptions;
  #open: Open | null = null;
  #quarantined = 0;

  constructor(options: InfluxOptions) {
    this.#options = options;
  }

  get quarantined(): number {
    return this.#open?.quarantine.count ?? this.#quarantined;
  }

  async open(): Promise<number> {
    const { dir, quarantine: bytes } = this.#options;
    await mkdir(dir, { recursive: true });
    const cursor = await Cursor.open(join(dir, 'cursor'));
    const quarantine = await Quarantine.open(join(dir, 'quarantine'), bytes, cursor.value);
    this.#open = { client: new InfluxClient(this.#options), cursor, quarantine };
    return cursor.value;
  }

  async write(batch: SinkBatch): Promise<void> {
    if (this.#open === null) throw new WeirError('sink.closed', 'the InfluxDB sink is not open');
    const { client, cursor, quarantine } = this.#open;
    const lines = linesOf(batch.columns);
    const rejections = await settle(
      lines.map(({ text }) => text),
      (some) => client.write(some),
    );
    if (rejections.length > 0) await quarantine.add(refusedLines(lines, rejections), systemClock.utcUs());
    await cursor.save(batch.next);
  }

  cancel(): void {
    this.#open?.client.close();
  }

  async close(): Promise<void> {
    this.#quarantined = this.quarantined;
    const open = this.#open;
    this.#open = null;
    open?.client.close();
    await open?.quarantine.close();
  }
}

function refusedLines(lines: readonly Line[], rejections: readonly Rejection[]): Refused[] {
  return rejections.flatMap(({ line: place, status, reason }) => {
    const line = lines[place];
    return line === undefined ? [] : [{ line, status, reason }];
  });
}
