/** What the energy model gives at other rates for messages as a method had them at one: the theory of a sweep of rates. */
import { group, least, sum } from 'd3-array';
import type { DeviceProfile } from '../../../energy/device-profiles.js';
import { energyAtRates, type MessageCost } from '../../../energy/message.js';
import type { Cell } from '../analysis/analysis.js';
import type { RunRecord } from '../record.js';
import { scenarioKey } from '../scenario.js';
import { methodName } from './methods.js';

/** Where messages neither share packets nor wait for each other, readings a second. */
const PLAIN_HZ = 1;

/**
 * J per reading of a cell of a sweep, null where theory has none: what is asked at intervals of its own has no messages. Each
 * method's messages are taken from its cell nearest to 1 Hz.
 */
export function energyTheory(
  sweep: readonly Cell[],
  runs: readonly RunRecord[],
  profile: DeviceProfile,
): (cell: Cell) => number | null {
  const records = group(runs, ({ plan }) => scenarioKey(plan.scenario));
  const methods = group(sweep, ({ scenario }) => methodName(scenario));
  return ({ scenario: { method, pollMs, rateHz, readingsPerMessage } }) => {
    const cells = methods.get(methodName({ method, pollMs })) ?? [];
    const plain = least(cells, ({ scenario }) => Math.abs(Math.log((scenario.rateHz ?? NaN) / PLAIN_HZ)));
    const message = messageOf(records.get(plain?.key ?? '') ?? []);
    if (pollMs !== null || rateHz === null || message === null) return null;
    const [found] = energyAtRates(profile, message, [rateHz / readingsPerMessage]);
    return found === undefined ? null : found.joulesPerMessage / readingsPerMessage;
  };
}

/** The mean message of some runs; null when none arrived. */
function messageOf(runs: readonly RunRecord[]): MessageCost | null {
  const messages = sum(runs, ({ readings, plan }) => readings.arrived / plan.scenario.readingsPerMessage);
  if (messages === 0) return null;
  const mean = (of: (run: RunRecord) => number): number => sum(runs, of) / messages;
  return {
    upPackets: mean(({ wire }) => wire.window.up.packets),
    upBytes: mean(({ wire }) => wire.window.up.bytes),
    downPackets: mean(({ wire }) => wire.window.down.packets),
    downBytes: mean(({ wire }) => wire.window.down.bytes),
    cpuS: mean(({ cpu }) => cpu.clientS),
  };
}
