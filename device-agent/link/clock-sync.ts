/**
 * Estimates UTC from exchanges with the hub (NTP's four timestamps, RFC 5905 section 8):
 *
 *   device  sent (t1) ────────►                 ────────► now (t4)      monotonic us
 *   hub               received (t2)  answered (t3)                      UTC us
 *
 *   round trip = (t4 - t1) - (t3 - t2)      offset = ((t2 - t1) + (t3 - t4)) / 2
 *
 * The true offset lies within half the round trip of the estimate, however unequal the two ways are. A sample's
 * uncertainty grows with its age by the drift that a cheap crystal may have; the best sample is the one whose
 * uncertainty is smallest now. One that leaves nothing in common with those before it shows that a clock stepped, the
 * hub's or this one (a machine that slept): what was before counts no more. No I/O, no timers.
 */
import type { ClockAnchor } from '@weir/protocol';

/** Room for the drift of a cheap crystal: 100 parts per million. */
const DRIFT = 100e-6;
const SAMPLES_MAX = 8;
/** The hub counts on it that no older exchange is used. */
const AGE_MAX_US = 180e6;
const OUTSTANDING_MAX = 8;

interface Sample {
  readonly atUs: number;
  readonly offsetUs: number;
  /** At `atUs`: half the round trip, and what the crystal drifted by during it. */
  readonly uncertaintyUs: number;
}

export class ClockSync {
  #samples: Sample[] = [];
  #outstanding: number[] = [];

  /** A probe is going out; only an answer to one of the latest few counts. */
  sent(sentUs: number): void {
    this.#outstanding.push(sentUs);
    if (this.#outstanding.length > OUTSTANDING_MAX) this.#outstanding.shift();
  }

  /** Takes the hub's answer, which came at `nowUs`. False when it answers no probe or cannot be true. */
  answered(reply: { sentUs: number; receivedUtcUs: number; answeredUtcUs: number }, nowUs: number): boolean {
    const at = this.#outstanding.indexOf(reply.sentUs);
    if (at < 0) return false;
    this.#outstanding.splice(0, at + 1);
    const heldUs = reply.answeredUtcUs - reply.receivedUtcUs;
    const tripUs = nowUs - reply.sentUs - heldUs;
    if (heldUs < 0 || tripUs < 0) return false;
    const offsetUs = (reply.receivedUtcUs - reply.sentUs + (reply.answeredUtcUs - nowUs)) / 2;
    const sample = { atUs: nowUs, offsetUs, uncertaintyUs: tripUs / 2 + DRIFT * (nowUs - reply.sentUs) };
    const contradicted = this.#samples.some((former) => contradict(former, sample));
    this.#samples = contradicted ? [] : this.#samples.filter((former) => former.atUs > nowUs - AGE_MAX_US);
    this.#samples.push(sample);
    if (this.#samples.length > SAMPLES_MAX) this.#samples.shift();
    return true;
  }

  /** The best estimate now, or null before the first answer. */
  anchor(nowUs: number): ClockAnchor | null {
    let best: Sample | null = null;
    for (const sample of this.#samples)
      if (best === null || uncertaintyUs(sample, nowUs) < uncertaintyUs(best, nowUs)) best = sample;
    if (best === null) return null;
    return {
      monotonicUs: nowUs,
      utcUs: Math.round(nowUs + best.offsetUs),
      uncertaintyUs: Math.max(1, Math.ceil(uncertaintyUs(best, nowUs))),
    };
  }
}

function uncertaintyUs(sample: Sample, nowUs: number): number {
  return sample.uncertaintyUs + DRIFT * (nowUs - sample.atUs);
}

/** Whether no offset can have been true at both times. */
function contradict(former: Sample, latter: Sample): boolean {
  const apartUs = Math.abs(latter.offsetUs - former.offsetUs);
  return apartUs > uncertaintyUs(former, latter.atUs) + latter.uncertaintyUs;
}
