/** Times are what they were, within what is said of them. */
import { ClockSource } from '@weir/hub/parts';
import type { HubHost } from './hub-host.js';
import type { Ended } from './invariants.js';
import type { Row } from './table-store.js';
import { described, type Taken } from './truth.js';
import { BEGINNING_UTC_US } from './world.js';

/** Of a clock's rate: what two crystals may differ by, each way. */
const UNNOTICED = 400e-6;

export function checkTimes({ world, truth, hub, tables }: Ended): void {
  for (const row of tables.rows) {
    const taken = truth.taken[row.id];
    if (taken === undefined) continue;
    const errorUs = row.utcUs - (BEGINNING_UTC_US + taken.atUs);
    const behindUs = row.monotonicUs - taken.monotonicUs;
    if (behindUs < 0 || behindUs > 100)
      world.violate(
        "the device's own time is kept",
        `${described(truth, row.id)}: ${row.monotonicUs}, not ${taken.monotonicUs}`,
      );
    if (row.source === ClockSource.device) continue;
    if (!withinBounds(row, errorUs, taken, hub))
      world.violate(
        'times are within their bounds',
        `${described(truth, row.id)}: off by ${errorUs} us, said to be within ${row.uncertaintyUs} (${sourceName(row.source)}); the hub's clock was off by ${hub.utcErrors.map((each) => each.errorUs).join()}`,
      );
  }
}

/** The hub's clock is the authority: a time is right if it is right by what that clock showed at some time meanwhile. */
function withinBounds(row: Row, errorUs: number, { run }: Taken, hub: HubHost): boolean {
  const errors = hub.utcErrors.filter((_, i) => (hub.utcErrors[i + 1]?.fromUs ?? Infinity) >= run.bootedUs);
  const slackUs = row.uncertaintyUs + 2;
  if (row.source === ClockSource.synced) {
    const shown = errors.map((each) => each.errorUs);
    if (shown.some((each) => Math.abs(errorUs - each) <= slackUs)) return true;
    // Between two exchanges the offset is taken to have changed evenly, if crystals may have done that: a small step of the
    // hub's clock in between cannot be told from their drift.
    const driftUs = (hub.machine.world.nowUs - run.bootedUs) * UNNOTICED + 2 * slackUs;
    return shown.some((a) =>
      shown.some((b) => b - a <= driftUs && errorUs >= a - slackUs && errorUs <= b + slackUs),
    );
  }
  const all = hub.utcErrors.map((each) => each.errorUs);
  return errorUs >= Math.min(...all) - slackUs && errorUs <= Math.max(...all) + slackUs;
}

function sourceName(source: ClockSource): string {
  return Object.entries(ClockSource).find(([, code]) => code === source)?.[0] ?? '?';
}
