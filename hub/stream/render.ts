/** From records of the log to the JSON of the stream, each column's text made once however many want it. */
import { decodeFrame, type Column } from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import { clockSourceName } from '../session/greeting.js';
import { decodeRecord, RecordKind, type HubRecord } from '../ingest/record.js';
import type { SeriesIdentity } from '../registry/series.js';

/** A column of a readings record. */
export interface RenderedColumn {
  readonly series: SeriesIdentity;
  /** One element of `batches`. */
  json(): string;
}

export interface RenderedRecord {
  /** Log offset just past it. */
  readonly next: number;
  readonly columns: readonly RenderedColumn[];
}

export type SeriesLookup = (id: number) => SeriesIdentity | undefined;

/** The columns of a record; none when it holds no readings. Throws `log.bad_record` for what cannot be understood. */
export function renderRecord(data: Uint8Array, next: number, lookup: SeriesLookup): RenderedRecord {
  const frames = decodeRecord(data).filter(({ kind }) => kind === RecordKind.readings);
  return { next, columns: frames.flatMap((record) => renderFrame(record, lookup)) };
}

function renderFrame(record: HubRecord, lookup: SeriesLookup): RenderedColumn[] {
  let decoded: readonly Column[] | null = null;
  const columnAt = (place: number): Column | undefined => {
    decoded ??= columnsOf(record);
    return decoded[place];
  };
  const columns: RenderedColumn[] = [];
  for (let place = 0; place < record.series.length; place++) {
    const id = record.series[place] ?? 0;
    const series = lookup(id);
    if (series === undefined) throw new WeirError('log.bad_record', `series ${id} was never introduced`);
    let text: string | null = null;
    columns.push({ series, json: () => (text ??= columnJson(series, record, columnAt(place))) });
  }
  return columns;
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
