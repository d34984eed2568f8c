import { Log } from '@weir/log';
import { WeirError, bootId } from '@weir/runtime';
import { Epoch } from './epoch.js';
import { EpochTable } from './epoch-table.js';
import type { OpenedLog, SpoolDeps, SpoolOptions } from './options.js';
import { scanSpool, type Scan } from './scan.js';
import { Spool } from './spool.js';

const SEGMENT_BYTES = { min: 65_536, max: 4_194_304 };
const SEGMENTS = 8;
/** Room for one record of any size beside what waits. */
const PENDING_BYTES_MIN = 4_194_304;
/** A device clock that shows less was never set: 2024-01-01. */
const PLAUSIBLE_UTC_US = 1_704_067_200_000_000;
const EPOCH_ID = { min: 2 ** 32, end: 2 ** 53 };

/**
 * Opens the spool and begins an epoch. A folder that cannot be used does not stop the agent: it then works from memory
 * and says so. Throws `log.locked` (another agent has the folder) and `log.unknown_version`.
 */
export async function openSpool(options: SpoolOptions, deps: SpoolDeps): Promise<Spool> {
  const opened = options.dir === null ? null : await openLog(options.dir, options, deps);
  const current = beginEpoch(options, deps, opened?.scan.epochs.values() ?? []);
  const epochs = new EpochTable(
    opened?.scan.epochs.values() ?? [],
    current,
    opened?.scan.anchors ?? new Map(),
  );
  epochs.prune();
  return new Spool(options, deps, epochs, opened);
}

async function openLog(
  dir: string,
  options: SpoolOptions,
  { clock, timers, logger, files }: SpoolDeps,
): Promise<(OpenedLog & { scan: Scan }) | null> {
  const segmentBytes = Math.round(
    Math.min(Math.max(options.maxBytes / SEGMENTS, SEGMENT_BYTES.min), SEGMENT_BYTES.max),
  );
  try {
    const log = await Log.open(dir, {
      segmentBytes,
      maxPendingBytes: Math.max(options.memoryBytes, PENDING_BYTES_MIN),
      retention: Number.isFinite(options.maxAgeMs) ? { ageMs: options.maxAgeMs } : {},
      clock,
      timers,
      logger,
      ...(files === undefined ? {} : { files }),
    });
    const scan = await scanSpool(log, logger, options.maxAgeMs);
    return { log, segmentBytes, index: scan.index, placements: scan.placements, scan };
  } catch (error) {
    const failure = WeirError.from(error);
    if (failure.code === 'log.locked' || failure.code === 'log.unknown_version') throw failure;
    logger.error({ err: failure, dir }, 'the spool cannot be used; frames are kept in memory alone');
    return null;
  }
}

/** The epoch of this run. Epochs of one boot share what the device's clock showed, so that the hub can tell they do. */
function beginEpoch(options: SpoolOptions, deps: SpoolDeps, former: Iterable<Epoch>): Epoch {
  const epoch = new Epoch(deps.entropy.integer(EPOCH_ID.min, EPOCH_ID.end));
  epoch.boot = deps.boot ?? bootId();
  epoch.agent = options.agent;
  const utcUs = deps.clock.utcUs();
  epoch.deviceUtcUs = utcUs < PLAUSIBLE_UTC_US ? null : utcUs - deps.clock.monotonicUs();
  for (const each of former) if (each.boot === epoch.boot) epoch.deviceUtcUs = each.deviceUtcUs;
  return epoch;
}
