/**
 * When a session must say something, and when its connection counts as dead. Pure: every call brings the time.
 *
 *   probes    the first at once, three more soon after the answers, then one each 20 s
 *   idle      a third of the deadline without traffic in either direction: a probe, which the hub answers
 *   dead      nothing heard for the whole deadline
 */
const QUICK_MS = [0, 0, 100, 400];
const PROBE_MS = 20_000;
/** Silence that is borne before `welcome` has said how much is. */
const GREETING_MS = 20_000;
/** Bounds for what the hub says. */
const DEADLINE_MS = { min: 1_000, max: 3_600_000 };

export type Verdict = 'fine' | 'probe' | 'dead';

export class Pulse {
  #deadlineUs = GREETING_MS * 1000;
  #welcomed = false;
  #inboundUs: number;
  #outboundUs: number;
  #probedUs = -Infinity;
  #probeDueUs = Infinity;
  #probes = 0;

  constructor(nowUs: number) {
    this.#inboundUs = nowUs;
    this.#outboundUs = nowUs;
  }

  welcomed(nowUs: number, deadlineMs: number): void {
    this.#welcomed = true;
    this.#deadlineUs = Math.min(Math.max(deadlineMs, DEADLINE_MS.min), DEADLINE_MS.max) * 1000;
    this.#probeDueUs = nowUs;
  }

  inbound(nowUs: number): void {
    this.#inboundUs = nowUs;
  }

  outbound(nowUs: number): void {
    this.#outboundUs = nowUs;
  }

  probed(nowUs: number): void {
    this.#probedUs = nowUs;
    this.#probeDueUs = nowUs + PROBE_MS * 1000;
    this.#probes++;
  }

  answered(nowUs: number): void {
    this.#probeDueUs = nowUs + (QUICK_MS[this.#probes] ?? PROBE_MS) * 1000;
  }

  verdict(nowUs: number): Verdict {
    if (nowUs >= this.#inboundUs + this.#deadlineUs) return 'dead';
    if (nowUs >= this.#probeDueUs || nowUs >= this.#idleDueUs()) return 'probe';
    return 'fine';
  }

  /** When to ask for the next verdict. */
  dueUs(): number {
    return Math.min(this.#inboundUs + this.#deadlineUs, this.#probeDueUs, this.#idleDueUs());
  }

  #idleDueUs(): number {
    if (!this.#welcomed) return Infinity;
    return Math.max(Math.min(this.#inboundUs, this.#outboundUs), this.#probedUs) + this.#deadlineUs / 3;
  }
}
