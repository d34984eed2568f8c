import type { SeriesIdentity } from '../registry/series.js';

/** A stretch of one series; both times included, UTC us. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
  readonly readings: number;
}

/** So many series are told of in one message at most. */
const SERIES_MAX = 1_000;

/** What a live subscriber was not sent and is yet to be told of: one stretch for each series, however much came. */
export class LeftOut {
  readonly #spans = new Map<SeriesIdentity, Span>();

  get size(): number {
    return this.#spans.size;
  }

  /** It should be told before more comes. */
  get full(): boolean {
    return this.#spans.size >= SERIES_MAX;
  }

  add(series: SeriesIdentity, { fromUs, toUs, readings }: Span): void {
    const known = this.#spans.get(series) ?? { fromUs, toUs, readings: 0 };
    this.#spans.set(series, {
      fromUs: Math.min(known.fromUs, fromUs),
      toUs: Math.max(known.toUs, toUs),
      readings: known.readings + readings,
    });
  }

  /** The message that tells of it, and of all before `cursor` that was not looked at; nothing is left to tell then. */
  take(cursor: number, behind: boolean): string {
    const spans = [...this.#spans].map(([{ device, channel }, { fromUs, toUs, readings }]) => {
      return { device, channel, from_us: fromUs, to_us: toUs, readings };
    });
    this.#spans.clear();
    return JSON.stringify({ type: 'left_out', cursor: String(cursor), behind, spans });
  }
}
