/**
 * One channel's sampling: which of its readings are kept.
 *
 *   reading -> due by the interval? -> outside the deadband, or heartbeat due? -> kept
 *
 * - The first reading is kept.
 * - Interval: the schedule moves on by one interval per kept reading, and a reading up to a quarter of an interval
 *   early is on time. So a sensor that ticks at the interval keeps every reading in spite of jitter, and no channel
 *   keeps more than one per interval in the long run. What is kept is a reading as it was taken, never a later copy.
 * - Deadband: a number must differ from the last kept one by more than it. After `heartbeat` the next reading is kept
 *   however small its change.
 * - Booleans and texts: a change is always kept, since a lost edge would leave a wrong state standing; interval and
 *   deadband thin out repetitions alone.
 * - Times rise strictly: one that does not is moved to 1 us after the last kept one.
 */
import type { ChannelDescription, ChannelType, ReadingValue } from '@weir/protocol';
import { HEARTBEAT_MS_DEFAULT, type SamplingChange, type SamplingRule } from './rules.js';

export class SampledChannel {
  readonly index: number;
  readonly name: string;
  readonly type: ChannelType;
  readonly unit: string;
  readonly #configured: SamplingRule;
  readonly #paceMs: number | null;
  #intervalUs = 0;
  #banded = false;
  #deadband = 0;
  #deadbandRatio = 0;
  #heartbeatUs = Infinity;
  #lastUs = -1;
  #dueUs = 0;
  #lastValue: ReadingValue = 0;

  /** `paceMs`: the source's own interval, if it has one. */
  constructor(identity: Omit<ChannelDescription, 'intervalMs'>, rule: SamplingRule, paceMs: number | null) {
    this.index = identity.index;
    this.name = identity.name;
    this.type = identity.type;
    this.unit = identity.unit;
    this.#configured = rule;
    this.#paceMs = paceMs;
    this.#apply(rule);
  }

  /** Takes a new rate and deadband from the next reading on; null goes back to what is configured. */
  change({ intervalMs, deadband }: SamplingChange): void {
    const configured = this.#configured;
    const changed = { deadband, deadbandPercent: null, heartbeatMs: HEARTBEAT_MS_DEFAULT };
    this.#apply({
      ...configured,
      intervalMs: intervalMs ?? configured.intervalMs,
      ...(deadband === null ? {} : changed),
    });
  }

  #apply(rule: SamplingRule): void {
    this.#intervalUs = (rule.intervalMs ?? 0) * 1000;
    this.#banded = rule.deadband !== null || rule.deadbandPercent !== null;
    this.#deadband = rule.deadband ?? 0;
    this.#deadbandRatio = (rule.deadbandPercent ?? 0) / 100;
    this.#heartbeatUs = rule.heartbeatMs === null ? Infinity : rule.heartbeatMs * 1000;
    this.#dueUs = this.#lastUs + this.#intervalUs;
  }

  describe(): ChannelDescription {
    const { index, name, type, unit } = this;
    return { index, name, type, unit, intervalMs: this.#expectedIntervalMs() };
  }

  /** May a reading in `unit` (undefined: it names none) be one of this channel? The configuration overrules sources. */
  allowsUnit(unit: string | undefined): boolean {
    return unit === undefined || unit === this.unit || this.#configured.unit !== null;
  }

  /** The time (us) under which a reading is kept, or -1 when it is thinned out. The value must be of this type. */
  keep(value: ReadingValue, takenUs: number): number {
    if (this.#lastUs >= 0 && !this.#wants(value, takenUs)) return -1;
    const timeUs = takenUs > this.#lastUs ? takenUs : this.#lastUs + 1;
    const late = this.#lastUs < 0 || takenUs >= this.#dueUs + this.#intervalUs;
    this.#dueUs = (late ? takenUs : this.#dueUs) + this.#intervalUs;
    this.#lastUs = timeUs;
    this.#lastValue = value;
    return timeUs;
  }

  #wants(value: ReadingValue, takenUs: number): boolean {
    if (typeof value !== 'number' && value !== this.#lastValue) return true;
    if (this.#intervalUs > 0 && takenUs < this.#dueUs - this.#intervalUs / 4) return false;
    if (!this.#banded || takenUs - this.#lastUs >= this.#heartbeatUs) return true;
    return typeof value === 'number' && this.#leavesBand(value, Number(this.#lastValue));
  }

  #leavesBand(value: number, last: number): boolean {
    return Math.abs(value - last) > Math.max(this.#deadband, this.#deadbandRatio * Math.abs(last));
  }

  /** What the hub may expect; it tells silence from a quiet sensor by it. Null when readings come as they happen. */
  #expectedIntervalMs(): number | null {
    const paceMs = Math.max(this.#paceMs ?? 0, this.#intervalUs / 1000);
    if (!this.#banded) return paceMs === 0 ? null : paceMs;
    return this.#heartbeatUs === Infinity ? null : Math.max(paceMs, this.#heartbeatUs / 1000);
  }
}
