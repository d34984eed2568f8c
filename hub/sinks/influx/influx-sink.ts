/**
 * InfluxDB as a sink. The cursor is a file of our own, saved after the server has confirmed a batch: a crash in between
 * makes the batch come again, which leaves the same points. What the server refuses goes to the quarantine first.
 */
import { join } from 'node:path';
import { Cursor, nodeFiles, type FileSystem } from '@weir/log';
import { systemClock, systemTimers, WeirError, type Clock, type Timers } from '@weir/runtime';
import type { Sink, SinkBatch } from '../sink.js';
import { InfluxClient, type LineWriter } from './client.js';
import type { InfluxOptions } from './config.js';
import { linesOf, type Line } from './lines.js';
import { Quarantine, type Refused } from './quarantine.js';
import { QuarantineDesk } from './quarantine-desk.js';
import { settle, type Rejection } from './settle.js';
import { Shared } from './shared.js';

/** What the sink takes from the machine and the network. */
export interface InfluxSurroundings {
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly timers: Timers;
  /** A new connection to the server. */
  readonly connect: (options: InfluxOptions) => LineWriter;
}

const REAL: InfluxSurroundings = {
  files: nodeFiles,
  clock: systemClock,
  timers: systemTimers,
  connect: (options) => new InfluxClient(options),
};

interface Open {
  readonly client: LineWriter;
  readonly cursor: Cursor;
  readonly quarantine: Quarantine;
}

export class InfluxSink implements Sink {
  readonly #options: InfluxOptions;
  readonly #around: InfluxSurroundings;
  /** For the operator, whether the sink is open or not. */
  readonly desk: QuarantineDesk;
  readonly #quarantine = new Shared<Quarantine>((quarantine) => quarantine.close());
  #open: Open | null = null;
  #quarantined = 0;

  constructor(options: InfluxOptions, around: InfluxSurroundings = REAL) {
    this.#options = options;
    this.#around = around;
    const connect = (): LineWriter => around.connect(options);
    this.desk = new QuarantineDesk({ lend: (use) => this.#lend(use), connect });
  }

  get quarantined(): number {
    return this.#open?.quarantine.count ?? this.#quarantined;
  }

  async open(): Promise<number> {
    const { connect } = this.#around;
    const cursor = await this.#cursor();
    const quarantine = await this.#quarantine.acquire(() => this.#openQuarantine());
    this.#open = { client: connect(this.#options), cursor, quarantine };
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
    if (rejections.length > 0) await quarantine.add(refusedLines(lines, rejections));
    await cursor.save(batch.next);
    quarantine.passed(batch.next);
  }

  cancel(): void {
    this.#open?.client.close();
  }

  async close(): Promise<void> {
    this.#quarantined = this.quarantined;
    const open = this.#open;
    this.#open = null;
    open?.client.close();
    if (open !== null) await this.#quarantine.release();
  }

  async #lend<T>(use: (quarantine: Quarantine) => Promise<T>): Promise<T> {
    const quarantine = await this.#quarantine.acquire(() => this.#openQuarantine());
    try {
      return await use(quarantine);
    } finally {
      this.#quarantined = quarantine.count;
      await this.#quarantine.release();
    }
  }

  async #cursor(): Promise<Cursor> {
    const { files } = this.#around;
    await files.makeDir(this.#options.dir);
    return Cursor.open(join(this.#options.dir, 'cursor'), { files });
  }

  async #openQuarantine(): Promise<Quarantine> {
    const { dir, quarantine: bytes } = this.#options;
    const { value } = await this.#cursor();
    return Quarantine.open(join(dir, 'quarantine'), bytes, value, this.#around);
  }
}

function refusedLines(lines: readonly Line[], rejections: readonly Rejection[]): Refused[] {
  return rejections.flatMap(({ line: place, status, reason }) => {
    const line = lines[place];
    return line === undefined ? [] : [{ line, status, reason }];
  });
}
