/**
 * The part of the hub that must not fail: the log, the tables made from it, and the way in.
 *
 *   sessions, api ──► ingest ──► log ──fsync──► settlement ──► acks
 *                        └─────► registry ──► presence
 */
import { join } from 'node:path';
import { Log, nodeFiles, type FileSystem, type LogOptions } from '@weir/log';
import { LIMITS } from '@weir/protocol';
import type { Clock, Entropy, Logger, Timers } from '@weir/runtime';
import { Refusals } from './auth/refusals.js';
import { ClockWatch } from './clock-watch.js';
import type { HubConfig } from './config.js';
import { Ingest } from './ingest/ingest.js';
import { LedgerArchive } from './ledger/archive.js';
import { Ledger } from './ledger/ledger.js';
import { LossBoard } from './ledger/loss-board.js';
import { MissedRecords } from './ledger/missed.js';
import { Pressure } from './ingest/pressure.js';
import { Settlement } from './ingest/settlement.js';
import { CheckpointKeeper } from './registry/checkpoint-keeper.js';
import { CheckpointFiles } from './registry/checkpoint.js';
import { PresenceBoard } from './registry/presence.js';
import { rebuildRegistry } from './registry/rebuild.js';
import type { Registry } from './registry/registry.js';
import { SessionTable } from './session/session-table.js';

/** What the hub takes from the machine. */
export interface Surroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly entropy: Entropy;
  readonly logger: Logger;
  /** In place of the real file system, under the log and the tables. */
  readonly files?: FileSystem | undefined;
  /** The machine's present boot, where `clock` is not the machine's own. */
  readonly boot?: string | undefined;
}

const WATCH_MS = 1_000;
/** Whole files are dropped, so a log with a size to keep to has at least so many. */
const SEGMENTS_MIN = 8;

export class Core {
  readonly log: Log;
  readonly logDir: string;
  readonly registry: Registry;
  readonly presence: PresenceBoard;
  readonly pressure: Pressure;
  readonly ingest: Ingest;
  readonly sessions: SessionTable;
  readonly refusals: Refusals;
  /** What became of every frame. */
  readonly ledger: Ledger;
  /** What is still to be told of losses. */
  readonly losses: LossBoard;
  /** What stores have not read when the log drops it. */
  readonly missed: MissedRecords;
  readonly #archive: LedgerArchive;
  readonly #settlement: Settlement;
  readonly #keeper: CheckpointKeeper;
  readonly #around: Surroundings;
  readonly #clockWatch: ClockWatch;
  #cancelWatch: () => void = () => undefined;

  private constructor(
    config: HubConfig,
    around: Surroundings,
    opened: Opened,
    observeAck: (us: number) => void,
  ) {
    const { log, registry, checkpoints: files, savedOffset } = opened;
    const { clock, timers, entropy, logger } = around;
    const { limits, session } = config;
    this.#around = around;
    this.log = log;
    this.logDir = opened.logDir;
    this.registry = registry;
    this.ledger = new Ledger(opened.archive);
    this.#archive = opened.archive;
    this.losses = opened.losses;
    this.presence = new PresenceBoard(registry, clock);
    this.pressure = new Pressure(log, config.log.pending_bytes);
    this.#settlement = new Settlement(log, clock, observeAck);
    const settlement = this.#settlement;
    this.ingest = new Ingest({ log, registry, settlement, channelsMax: limits.channels_per_device });
    this.missed = new MissedRecords({ log, registry, ingest: this.ingest, clock, logger });
    this.refusals = new Refusals(clock);
    this.sessions = new SessionTable({
      settings: {
        deadlineMs: session.deadline,
        helloTimeoutMs: session.hello_timeout,
        epochsMax: limits.epochs_per_hello,
        frameLimits: { ...LIMITS, frameBytes: limits.frame_bytes, channels: limits.channels_per_device },
      },
      commands: { timeoutMs: session.command_timeout, listenersMax: limits.waiters },
      ingest: this.ingest,
      presence: this.presence,
      refusals: this.refusals,
      ...{ clock, timers, entropy, logger },
      creditMax: session.credit,
      writable: () => log.state === 'ok',
      lookAtClock: () => {
        this.#clockWatch.look();
        return this.#clockWatch.steadySinceUs;
      },
    });
    log.onState(() => this.sessions.grantCredit());
    const { retention } = config.log;
    const dropsOldLog = retention.bytes !== null || retention.age !== null;
    this.#keeper = new CheckpointKeeper({
      files,
      registry,
      log,
      clock,
      timers,
      logger,
      dropsOldLog,
      missed: this.missed,
      savedOffset,
    });
    this.#clockWatch = new ClockWatch(clock, (byUs) => {
      logger.warn(
        { byUs },
        "the hub's clock was set; readings are less certain until devices have asked for it",
      );
      this.sessions.clockStepped(byUs);
    });
    this.#watch();
  }

  /** Opens the log in `data_dir` and rebuilds the tables. Throws `log.*`. `observeAck` gets us from receipt to disk. */
  static async open(
    config: HubConfig,
    around: Surroundings,
    observeAck: (us: number) => void,
  ): Promise<Core> {
    await (around.files ?? nodeFiles).makeDir(config.data_dir);
    const opened = await openFiles(config, around);
    return new Core(config, around, opened, observeAck);
  }

  /** Makes durable what is there, writes a checkpoint, lets go of the files. Sessions must have ended. */
  async close(): Promise<void> {
    this.#cancelWatch();
    await this.#keeper.stop();
    try {
      if (this.log.state === 'ok') await this.#keeper.save();
    } finally {
      this.#settlement.close();
      this.pressure.close();
      await Promise.all([this.log.close(), this.#archive.close()]);
    }
  }

  #watch(): void {
    this.#cancelWatch = this.#around.timers.after(WATCH_MS, () => {
      this.#clockWatch.look();
      this.presence.lookAtAll();
      this.#watch();
    });
  }
}

interface Opened {
  readonly archive: LedgerArchive;
  readonly losses: LossBoard;
  readonly log: Log;
  readonly logDir: string;
  readonly registry: Registry;
  readonly checkpoints: CheckpointFiles;
  readonly savedOffset: number;
}

async function openFiles(config: HubConfig, around: Surroundings): Promise<Opened> {
  const { clock, logger, files = nodeFiles } = around;
  const checkpoints = new CheckpointFiles(config.data_dir, files);
  const { devices, series, epochs } = config.limits;
  const limits = { devices, series, epochs };
  const loaded = await checkpoints.load(limits);
  const logDir = join(config.data_dir, 'log');
  const log = await openLog(logDir, config, loaded.checkpoint?.end ?? 0, around);
  let archive: LedgerArchive | null = null;
  try {
    archive = await openArchive(config, around);
    const losses = new LossBoard(config.vitals.device);
    const prepare = preparedWith(archive, losses);
    const registry = await rebuildRegistry({ log, loaded, limits, prepare, clock, logger });
    const savedOffset = loaded.checkpoint?.offset ?? log.start;
    return { log, logDir, archive, losses, registry, checkpoints, savedOffset };
  } catch (error) {
    await Promise.all([log.close(), archive?.close()]);
    throw error;
  }
}

function preparedWith(archive: LedgerArchive, losses: LossBoard): (registry: Registry) => void {
  return (registry) => {
    registry.archive = archive;
    losses.follow(registry);
  };
}

function openLog(
  dir: string,
  { log: { retention, ...settings } }: HubConfig,
  floor: number,
  around: Surroundings,
): Promise<Log> {
  const { bytes, age } = retention;
  const segment = settings.segment_bytes;
  return Log.open(dir, {
    segmentBytes: bytes === null ? segment : Math.min(segment, Math.ceil(bytes / SEGMENTS_MIN)),
    commitDelayMs: settings.commit_delay,
    maxPendingBytes: settings.pending_bytes,
    retention: { ...(bytes === null ? {} : { bytes }), ...(age === null ? {} : { ageMs: age }) },
    floor,
    ...machine(around),
  });
}

function openArchive({ data_dir, ledger, log }: HubConfig, around: Surroundings): Promise<LedgerArchive> {
  return LedgerArchive.open(join(data_dir, 'ledger'), {
    commitDelayMs: log.commit_delay,
    retention: { bytes: ledger.bytes },
    ...machine(around),
  });
}

/** What a log takes from the machine. */
function machine({ files = nodeFiles, boot, clock, timers, logger }: Surroundings): LogOptions {
  return { ...(boot === undefined ? {} : { boot }), files, clock, timers, logger };
}
