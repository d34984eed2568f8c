import { significant, type TableFormat } from '../../report/columns.js';
import type { StormResult } from './storm.js';

/** One column for each event, for a terminal. */
export function stormTable({ cases }: StormResult, format: TableFormat): string {
  return format([
    ['', ...cases.map(({ kind }) => kind)],
    ['devices', ...cases.map(({ devices }) => significant(devices))],
    ['all live after, s', ...cases.map((each) => significant(each.all_live_s))],
    ['hub up (stop: ended) after, s', ...cases.map((each) => significant(each.hub_s))],
    ['event-loop delay p99, ms', ...cases.map((each) => significant(each.loop_delay_ms.p99))],
    ['event-loop delay max, ms', ...cases.map((each) => significant(each.loop_delay_ms.max))],
    ['  of it own work, ms', ...cases.map((each) => significant(each.loop_delay_ms.own_max))],
    ['refusals', ...cases.map((each) => significant(each.refusals))],
    ['  most of one device', ...cases.map((each) => significant(each.refusals_max))],
    ['attempts that met nobody', ...cases.map((each) => significant(each.unreachable))],
    ['told to go', ...cases.map((each) => significant(each.goodbyes))],
    ['hub CPU, s', ...cases.map((each) => significant(each.hub_cpu_s))],
    ['hub peak memory, MB', ...cases.map((each) => significant(each.hub_rss_peak_mb))],
  ]);
}
