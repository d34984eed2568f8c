import type { PollRecord } from '../../record.js';
import type { Schedule } from '../../schedule.js';

/** One request of a poller; us since the run's start. */
export interface Poll {
  readonly dueUs: number;
  /** Since when no request was under way. */
  readonly freeUs: number;
  readonly askedUs: number;
  readonly answeredUs: number;
  /** When those were due that it stands for as well. */
  readonly merged: readonly number[];
}

/** Sums over the polls of the measured window. */
export class PollTally {
  readonly #window: Pick<Schedule, 'measuredFromUs' | 'endUs'>;
  #asked = 0;
  #merged = 0;
  #punctual = 0;
  #latenessUs = 0;
  #latenessMaxUs = 0;
  #roundTripUs = 0;

  constructor(window: Pick<Schedule, 'measuredFromUs' | 'endUs'>) {
    this.#window = window;
  }

  asked({ dueUs, freeUs, askedUs, answeredUs, merged }: Poll): void {
    this.#merged += merged.filter((each) => this.#measured(each)).length;
    if (!this.#measured(dueUs)) return;
    this.#asked++;
    this.#roundTripUs += answeredUs - askedUs;
    if (freeUs > dueUs) return;
    this.#punctual++;
    this.#latenessUs += askedUs - dueUs;
    this.#latenessMaxUs = Math.max(this.#latenessMaxUs, askedUs - dueUs);
  }

  record(): PollRecord {
    return {
      asked: this.#asked,
      merged: this.#merged,
      latenessMeanUs: this.#latenessUs / Math.max(1, this.#punctual),
      latenessMaxUs: this.#latenessMaxUs,
      roundTripMeanUs: this.#roundTripUs / Math.max(1, this.#asked),
    };
  }

  #measured(dueUs: number): boolean {
    return dueUs >= this.#window.measuredFromUs && dueUs < this.#window.endUs;
  }
}
