/**
 * The machine itself: proc(5)'s loadavg, meminfo and uptime, and the space of file systems by statfs(2). And what this
 * agent has written to disks since it started, which is what it wears an SD card by.
 *
 *   load/1m load/5m load/15m            memory/total memory/available (B)
 *   uptime (s)                          disk/NAME/size disk/NAME/available (B; available to ordinary users)
 *   agent/written (B; where the kernel counts it)
 */
import { readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '@weir/runtime';
import type { SystemConfig } from '../config.js';
import { parseNumber } from '../number-text.js';
import type { Measure, Measurements } from './polled-source.js';

export function measureSystem({ proc_root: root, disks }: SystemConfig): Measure {
  return async (out) => {
    const [load, memory, uptime] = await Promise.all([
      readFile(join(root, 'loadavg'), 'utf8'),
      readFile(join(root, 'meminfo'), 'utf8'),
      readFile(join(root, 'uptime'), 'utf8'),
    ]);
    sendLoad(load, out);
    sendMemory(memory, out);
    send('uptime', uptime.split(' ')[0], 1, 's', out);
    for (const [name, path] of Object.entries(disks)) await sendDisk(name, path, out);
    await sendWritten(join(root, 'self', 'io'), out);
  };
}

function sendLoad(text: string, out: Measurements): void {
  const fields = text.trim().split(' ');
  ['load/1m', 'load/5m', 'load/15m'].forEach((name, index) => send(name, fields[index], 1, '', out));
}

function sendMemory(text: string, out: Measurements): void {
  const kibibytes = (key: string): string | undefined =>
    new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  send('memory/total', kibibytes('MemTotal'), 1024, 'B', out);
  send('memory/available', kibibytes('MemAvailable'), 1024, 'B', out);
}

async function sendDisk(name: string, path: string, out: Measurements): Promise<void> {
  try {
    const { bsize, blocks, bavail } = await statfs(path);
    out.value(`disk/${name}/size`, blocks * bsize, 'B');
    out.value(`disk/${name}/available`, bavail * bsize, 'B');
  } catch (thrown) {
    out.refused(`disk/${name}/available`, 'no_value', `${path}: ${systemCode(thrown) ?? 'unreadable'}`);
  }
}

/** Kernels built without task I/O accounting have no such file. */
async function sendWritten(path: string, out: Measurements): Promise<void> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return;
  }
  send('agent/written', /^write_bytes: (\d+)$/m.exec(text)?.[1], 1, 'B', out);
}

function send(name: string, text: string | undefined, factor: number, unit: string, out: Measurements): void {
  const number = text === undefined ? null : parseNumber(text);
  if (number === null) out.refused(name, 'no_value', 'not found where proc(5) has it');
  else out.value(name, number * factor, unit);
}
