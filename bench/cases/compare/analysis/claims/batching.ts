import { intervalText, listText, numberText } from '../../report/words.js';
import { scenarioKey } from '../../scenario.js';
import type { Quantity } from '../cell.js';
import { timesAsLarge, type Group } from './pairs.js';

/**
 * What sending several readings in a message saves, by WebSocket and by POST alike: the largest batch that was measured against
 * one reading a message at the same rate. '' when it was not measured.
 */
export function batching(groups: readonly Group[], quantity: Quantity, what: string): string {
  const parts = (['ws', 'post-kept', 'post-new'] as const).flatMap((method) => {
    const found = largest(groups, method).flatMap(
      ({ single, batch }) => timesAsLarge(single, batch, quantity) ?? [],
    )[0];
    return found === undefined
      ? []
      : [
          `${numberText(found.ratio)}${intervalText(found.ci95)} times fewer ${what} a reading by ${NAMES[method]}`,
        ];
  });
  const size = largest(groups, 'ws')[0]?.batch.cell.scenario.readingsPerMessage;
  if (size === undefined || parts.length === 0) return '';
  return `Batching is the longer lever: with ${size} readings a message it is ${listText(parts)}.`;
}

const NAMES = {
  ws: 'WebSocket',
  'post-kept': 'POST over kept connections',
  'post-new': 'POST over new ones',
} as const;

interface Batched {
  readonly batch: Group;
  readonly single: Group;
}

function largest(groups: readonly Group[], method: keyof typeof NAMES): Batched[] {
  const byKey = new Map(groups.map((group) => [group.cell.key, group]));
  return groups
    .filter(({ cell: { scenario } }) => scenario.method === method && scenario.direction === 'uplink')
    .filter(({ cell: { scenario } }) => scenario.rateHz !== null && scenario.readingsPerMessage > 1)
    .flatMap((batch) => {
      const single = byKey.get(scenarioKey({ ...batch.cell.scenario, readingsPerMessage: 1 }));
      return single === undefined ? [] : [{ batch, single }];
    })
    .sort(
      (one, another) =>
        another.batch.cell.scenario.readingsPerMessage - one.batch.cell.scenario.readingsPerMessage,
    );
}
