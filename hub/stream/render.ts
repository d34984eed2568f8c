/** From records of the log to the JSON of the stream, each column's text made once however many want it. */
import { decodeFrame, type Column } from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import { clockSourceName, decodeRecord, RecordKind, type HubRecord } from '../ingest/record.js';
import type { SeriesIdentity } from '../registry/series.js';
import type { Span } from './left-out.js';

/** A column of a readings record. */
export interface RenderedColumn {
  readonly series: SeriesIdentity;
  /** One element of `batches`. */
  json(): string;
  /** Its stretch, if all of its frame came long after it was taken; else null. Looked at once for all columns. */
  late(): Span | null;
}

export interface RenderedRecord {
  /** Log offset just past it. */
  readonly next: number;
  readonly columns: readonly RenderedColumn[];
}

/** A reading that comes longer than this after it was taken is not live any more. */
const LATE_US = 10e6;

export type SeriesLookup = (id: number) => SeriesIdentity | undefined;

/** The columns of a record; none when it holds no readings. Throws `log.bad_record` for what cannot be understood. */
export function renderRecord(data: Uint8Array, next: number, lookup: SeriesLookup): RenderedRecord {
  const frames = decodeRecord(data).filter(({ kind }) => kind === RecordKind.readings);
  return { next, columns: frames.flatMap((record) => renderFrame(record, lookup)) };
}

function renderFrame(record: HubRecord, lookup: SeriesLookup): RenderedColumn[] {
  let decoded: readonly Column[] | null = null;
  const columnsNow = (): readonly Column[] => (decoded ??= columnsOf(record));
  let spans: readonly (Span | null)[] | null = null;
  const lateAt = (place: number): Span | null => (spans ??= lateSpans(columnsNow(), record))[place] ?? null;
  const columns: RenderedColumn[] = [];
  for (let place = 0; place < record.series.length; place++) {
    const id = record.series[place] ?? 0;
    const series = lookup(id);
    if (series === undefined) throw new WeirError('log.bad_record', `series ${id} was never introduced`);
    let text: string | null = null;
    const json = (): string => (text ??= columnJson(series, record, columnsNow()[place]));
    columns.push({ series, json, late: () => lateAt(place) });
  }
  return columns;
}

/** By column; none when the latest reading of the frame is fresh. */
function lateSpans(
  columns: readonly Column[],
  { offsetUs, receivedUs }: HubRecord,
): readonly (Span | null)[] {
  const freshUs = receivedUs - LATE_US - offsetUs;
  if (columns.some(({ times }) => (times[times.length - 1] ?? 0) >= freshUs)) return [];
  return columns.map(({ times }) => {
    const [first = 0, last = 0] = [times[0], times[times.length - 1]];
    return { fromUs: first + offsetUs, toUs: last + offsetUs, readings: times.length };
  });
}

function columnsOf({ frame }: HubRecord): readonly Column[] {
  const decoded = decodeFrame(frame);
  return decoded.type === 'readings' ? decoded.columns : [];
}

function columnJson(series: SeriesIdentity, record: HubRecord, column: Column | undefined): string {
  const { epoch, seq, offsetUs, uncertaintyUs, clockSource } = record;
  const times = Array.from(column?.times ?? [], (timeUs) => timeUs + offsetUs);
  const values = column?.values ?? [];
  // Numbers are finite here, and a finite number's text is its JSON.
  const json = values instanceof Float64Array ? `[${values.join(',')}]` : JSON.stringify(values);
  const rest = `"epoch":${epoch},"seq":${seq},"times_us":[${times.join(',')}],"values":${json}`;
  const clock = `"uncertainty_us":${uncertaintyUs},"clock":"${clockSourceName(clockSource)}"`;
  return `{${identityJson(series)},${rest},${clock}}`;
}

const identities = new WeakMap<SeriesIdentity, string>();

function identityJson(series: SeriesIdentity): string {
  let text = identities.get(series);
  if (text === undefined) {
    const { device, channel, type: kind, unit } = series;
    text = JSON.stringify({ device, channel, kind, unit }).slice(1, -1);
    identities.set(series, text);
  }
  return text;
}
