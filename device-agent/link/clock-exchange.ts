/**
 * A session's exchange of times with the hub: sends the probes that `Pulse` asks for, and estimates UTC from the answers.
 * The probes are also what keeps an idle connection alive and finds a dead one.
 */
import type { ClockAnchor, Probe, ProbeReply } from '@weir/protocol';
import { ClockSync } from './clock-sync.js';
import { Pulse } from './pulse.js';

export class ClockExchange {
  readonly #pulse: Pulse;
  readonly #sync = new ClockSync();
  readonly #send: (probe: Probe) => void;

  constructor(nowUs: number, send: (probe: Probe) => void) {
    this.#pulse = new Pulse(nowUs);
    this.#send = send;
  }

  /** The best estimate at this time; null before the first answer. */
  anchor(nowUs: number): ClockAnchor | null {
    return this.#sync.anchor(nowUs);
  }

  /** The hub has told its deadline; the first probe goes out. */
  begin(nowUs: number, deadlineMs: number): void {
    this.#pulse.welcomed(nowUs, deadlineMs);
    this.probe(nowUs);
  }

  /** Tells the hub the present estimate and asks for its time. */
  probe(nowUs: number): void {
    this.#sync.sent(nowUs);
    this.#pulse.probed(nowUs);
    this.#send({ type: 'probe', sentUs: nowUs, anchor: this.#sync.anchor(nowUs) });
  }

  /** False when it answers nothing that was asked, or cannot be true. */
  answered(reply: ProbeReply, nowUs: number): boolean {
    if (!this.#sync.answered(reply, nowUs)) return false;
    this.#pulse.answered(nowUs);
    return true;
  }

  /** Something came from the hub. */
  inbound(nowUs: number): void {
    this.#pulse.inbound(nowUs);
  }

  /** Something went to the hub. */
  outbound(nowUs: number): void {
    this.#pulse.outbound(nowUs);
  }

  /** When `tick` has something to do next. */
  dueUs(): number {
    return this.#pulse.dueUs();
  }

  /** Probes if it is time to. False when the connection counts as dead. */
  tick(nowUs: number): boolean {
    const verdict = this.#pulse.verdict(nowUs);
    if (verdict === 'probe') this.probe(nowUs);
    return verdict !== 'dead';
  }
}
