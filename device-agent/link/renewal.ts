import type { HeldEpoch } from '@weir/protocol';

/**
 * Why a new hello would serve the hub better than the one that began this session, or null. `announced` is what that one
 * said, `present` what a new one would say; the current epoch is the first of both.
 */
export function reasonToRenew(announced: readonly HeldEpoch[], present: readonly HeldEpoch[]): string | null {
  const former = present.slice(1).filter(({ held }) => held !== null);
  // Neither an anchor nor a device clock: the hub could not tell that they are of this boot, whose clock is known now.
  const untimed = announced.filter(({ anchor, deviceUtcUs }) => anchor === null && deviceUtcUs === null);
  if (former.some((each) => each.anchor !== null && untimed.some(({ epoch }) => epoch === each.epoch)))
    return 'the clock of earlier runs is known now';
  // More epochs than one hello takes: those that were announced are done.
  const known = new Set(announced.map(({ epoch }) => epoch));
  if (former.length > 0 && former.every(({ epoch }) => !known.has(epoch)))
    return 'more earlier runs are to be announced';
  return null;
}
