import type { ListedDevice } from './fleet.js';

const MOST = 8;

/** Devices that are not heard or hold readings back: first those lost most recently, then the largest backlogs. */
export function needsAttention(devices: readonly ListedDevice[]): ListedDevice[] {
  const silent = devices
    .filter((device) => device.state !== 'online')
    .sort((a, b) => (b.lastSeenUs ?? 0) - (a.lastSeenUs ?? 0));
  const behind = devices
    .filter((device) => device.state === 'online' && device.backlogFrames > 0)
    .sort((a, b) => b.backlogFrames - a.backlogFrames);
  return [...silent, ...behind].slice(0, MOST);
}
