import type { ArmName, ArmOrder } from './arm.js';

/** Node's flags for a server under measurement. */
export function nodeFlags({ profileDir, readingsPerFrame }: ArmOrder, arm: ArmName): string[] {
  if (profileDir === '') return [];
  return [
    '--cpu-prof',
    `--cpu-prof-dir=${profileDir}`,
    `--cpu-prof-name=${arm}-${readingsPerFrame}.cpuprofile`,
  ];
}
