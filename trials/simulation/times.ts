/**
 * Times are what they were, within what is said of them.
 *
 * The hub's clock is the authority, right or wrong. When it is set, a time may be right by what it showed before or after,
 * but by nothing that lies in between, and by no setting that was over when the device last asked, nor by one that came
 * when the reading was stored already:
 *
 *        exchange          reading         stored
 *   ────────●─────────────────●───────────────●──────► true time
 *      └─┬─┘└────────── settings that count ──┘
 *     its age
 */
import { ClockSource } from '@weir/hub/parts';
import type { Ended } from './invariants.js';
import type { Machine } from './machine.js';
import type { Row } from './table-store.js';
import { described, frameKey, type Taken, type Truth } from './truth.js';
import { BEGINNING_UTC_US } from './world.js';

/** A device reckons with an exchange for so long; one that it finds on its disk is older by the second. */
const EXCHANGE_US = 200e6;
const ON_DISK_US = 600e6;
/** What a crystal may be off. */
const DRIFT = 100e-6;
/** Between two looks at clocks, one after the other. */
const LOOKS_US = 100;
const ROUNDING_US = 2;
/** A device's own clock is trusted to no better than this. */
const DEVICE_CLOCK_US = 1e6;

/** A stored reading, and what is true of it. */
interface Placed {
  readonly row: Row;
  readonly taken: Taken;
  /** Stored minus true time. */
  readonly errorUs: number;
  /** True us by which the hub had it. */
  readonly storedUs: number;
}

export function checkTimes(ended: Ended): void {
  const { world, truth, hub, tables } = ended;
  const machines = new Map(ended.devices.map(({ name, machine }) => [name, machine]));
  for (const row of tables.rows) {
    const taken = truth.taken[row.id];
    const device = machines.get(row.device);
    if (taken === undefined || device === undefined) continue;
    const behindUs = row.monotonicUs - taken.monotonicUs;
    if (behindUs < 0 || behindUs > LOOKS_US)
      world.violate(
        "the device's own time is kept",
        `${described(truth, row.id)}: ${row.monotonicUs}, not ${taken.monotonicUs}`,
      );
    const errorUs = row.utcUs - (BEGINNING_UTC_US + taken.atUs);
    const storedUs = truth.acked.get(frameKey(row.device, row.epoch, row.seq)) ?? Infinity;
    const placed = { row, taken, errorUs, storedUs };
    const fault = faultOf(placed, { truth, hub: hub.machine, device });
    if (fault !== null)
      world.violate(
        'times are within their bounds',
        `${described(truth, row.id)}: off by ${errorUs} us, said to be within ${row.uncertaintyUs} (${sourceName(row.source)}), ${fault}`,
      );
  }
}

interface Around {
  readonly truth: Truth;
  readonly hub: Machine;
  readonly device: Machine;
}

function faultOf(placed: Placed, around: Around): string | null {
  switch (placed.row.source) {
    case ClockSource.synced:
      return syncedFault(placed, around);
    case ClockSource.bounded:
      return boundedFault(placed, around.hub);
    case ClockSource.device:
      return deviceFault(placed, around);
    default:
      return 'which is no source';
  }
}

function syncedFault({ row, taken, errorUs, storedUs }: Placed, { truth, hub }: Around): string | null {
  const { bootedUs } = taken.run;
  const asked = truth.exchanges.get(row.device)?.findLast((us) => us <= taken.atUs && us >= bootedUs);
  const fromUs = Math.max(
    bootedUs,
    (asked ?? taken.atUs) - EXCHANGE_US - (taken.run.end === null ? 0 : ON_DISK_US),
  );
  const settings = hub.utcErrorsWithin(fromUs, storedUs);
  if (settings.some((each) => Math.abs(errorUs - each) <= row.uncertaintyUs + ROUNDING_US)) return null;
  return `the hub's clock was off by ${settings.join()}`;
}

/** Bounds come from what was stored before too, by whatever the hub's clock showed then. */
function boundedFault({ row, errorUs, storedUs }: Placed, hub: Machine): string | null {
  const settings = hub.utcErrorsWithin(-Infinity, storedUs);
  const slackUs = row.uncertaintyUs + ROUNDING_US;
  if (errorUs >= Math.min(...settings) - slackUs && errorUs <= Math.max(...settings) + slackUs) return null;
  return `the hub's clock was off by ${settings.join()}`;
}

/**
 * For readings of boots that are over: what the device's clock showed, however wrong. Where that was not set meanwhile
 * the hub knows how wrong it is, and says so.
 */
function deviceFault(placed: Placed, { truth, hub, device }: Around): string | null {
  const { row, taken, errorUs, storedUs } = placed;
  const { boot, startedUs } = taken.run;
  // All agents of a boot hold to what the first of them saw that is remembered.
  const starts = truth.runs.filter((run) => run.boot === boot && run.startedUs <= startedUs);
  const firstUs = Math.min(...starts.map((run) => run.startedUs));
  const driftUs = DRIFT * (taken.atUs - firstUs) + LOOKS_US;
  if (boot === device.boot) return 'though that boot goes on';
  if (row.uncertaintyUs < DEVICE_CLOCK_US) return 'which is more than such a clock is trusted';
  const shown = starts.flatMap((run) => device.utcErrorsWithin(run.startedUs, run.startedUs));
  if (!shown.some((each) => Math.abs(errorUs - each) <= driftUs))
    return `the device's clock was off by ${shown.join()}`;
  const settings = hub.utcErrorsWithin(-Infinity, storedUs);
  const latestUs = BEGINNING_UTC_US + Math.min(storedUs, device.world.nowUs) + Math.max(...settings);
  if (row.utcUs > latestUs + row.uncertaintyUs) return 'which is after it was stored';
  if (device.utcErrorsWithin(firstUs, storedUs).length > 1) return null;
  if (settings.some((each) => Math.abs(errorUs - each) <= row.uncertaintyUs + driftUs)) return null;
  return `the hub's clock was off by ${settings.join()}`;
}

function sourceName(source: ClockSource): string {
  return Object.entries(ClockSource).find(([, code]) => code === source)?.[0] ?? '?';
}
