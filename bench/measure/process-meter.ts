/** What the kernel says of a process: /proc of Linux, proc(5). Nothing runs in the process that is measured. */
import { readFileSync } from 'node:fs';

/** Sums since the process began. */
export interface ProcessUse {
  /** CPU of all its threads, user and system, s; in steps of 10 ms. */
  readonly cpuS: number;
  /** CPU of its main thread, s. */
  readonly mainCpuS: number;
  /** Time for which its main thread could have run and another had the core, s: how crowded the machine was. */
  readonly mainWaitedS: number;
  /** Memory that it has, bytes. */
  readonly rssBytes: number;
  /** Most memory that it ever had, bytes. */
  readonly rssPeakBytes: number;
  /** Bytes that it caused to be written to block devices. */
  readonly writtenBytes: number;
}

/** `sysconf(_SC_CLK_TCK)`, 100 on every Linux that Node runs on. */
const TICKS_PER_S = 100;

/** Throws when there is no such process. */
export function processUse(pid: number): ProcessUse {
  const [mainNs = 0, waitedNs = 0] = read(pid, 'schedstat').split(' ').map(Number);
  const status = read(pid, 'status');
  return {
    cpuS: cpuTicks(read(pid, 'stat')) / TICKS_PER_S,
    mainCpuS: mainNs / 1e9,
    mainWaitedS: waitedNs / 1e9,
    rssBytes: field(status, 'VmRSS') * 1024,
    rssPeakBytes: field(status, 'VmHWM') * 1024,
    writtenBytes: field(read(pid, 'io'), 'write_bytes'),
  };
}

/** What came between two readings of one process; memory is as at the later one. */
export function useBetween(before: ProcessUse, after: ProcessUse): ProcessUse {
  return {
    cpuS: after.cpuS - before.cpuS,
    mainCpuS: after.mainCpuS - before.mainCpuS,
    mainWaitedS: after.mainWaitedS - before.mainWaitedS,
    rssBytes: after.rssBytes,
    rssPeakBytes: after.rssPeakBytes,
    writtenBytes: after.writtenBytes - before.writtenBytes,
  };
}

function read(pid: number, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8');
}

/** Fields 14 and 15, utime and stime; field 2, the name in parentheses, may hold anything. */
function cpuTicks(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function field(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}
