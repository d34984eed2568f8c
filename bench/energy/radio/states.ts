/**
 * A radio by its states (RRC of 3G and LTE, power saving of Wi-Fi), driven by the times of packets:
 *
 *   idle ──packet──> promotion ──> stage 1 ──silence──> stage 2 ──silence──> ... ──silence──> idle
 *                                     ^                    │
 *                                     └─[promotion]─packet─┘
 *
 * A promotion begins with its packet. A window has what happens in it: a tail beyond its end is not in it, one from before is.
 */
import type { Trace } from '../../network/trace.js';
import type { StateRadio } from '../profile-schema.js';
import { windowS, type Observation, type RadioUse } from './observation.js';
import { PacketQueue, RecentBytes } from './queues.js';

/** 1 mW per Mbps is 1e-9 J a bit. */
const J_PER_BYTE = 8e-9;

interface State {
  readonly name: string;
  readonly powerW: number;
  readonly lastsUs: number;
  /** Where its end leads, by index. */
  readonly next: number;
  /** Where a packet leads; itself: nowhere. */
  readonly onPacket: number;
}

const IDLE = 0;

export function stateUse(model: StateRadio, observation: Observation): RadioUse {
  const { trace, fromUs, toUs, before } = observation;
  const machine = new StateMachine(model, fromUs, toUs);
  const first = firstAt(trace, fromUs);
  const end = firstAt(trace, toUs);
  const sent = (i: number, earlierUs = 0): void =>
    machine.packet((trace.timesUs[i] ?? 0) - earlierUs, trace.bytes[i] ?? 0, trace.up[i] === 1);
  if (before === 'trace') for (let i = 0; i < first; i++) sent(i);
  else {
    for (let times = Math.ceil(settleS(model) / windowS(observation)); times > 0; times--)
      for (let i = first; i < end; i++) sent(i, times * (toUs - fromUs));
  }
  let upBytes = 0;
  let downBytes = 0;
  for (let i = first; i < end; i++) {
    sent(i);
    if (trace.up[i] === 1) upBytes += trace.bytes[i] ?? 0;
    else downBytes += trace.bytes[i] ?? 0;
  }
  machine.advance(toUs);
  const throughputJ = (upBytes * model.upMwPerMbps + downBytes * model.downMwPerMbps) * J_PER_BYTE;
  const idleW = meanW(model.idle);
  return {
    idleJ: idleW * windowS(observation),
    marginalJ: machine.energyBeyondJ(idleW) + throughputJ,
    states: machine.seconds(),
  };
}

/** The first packet at `us` or later. */
function firstAt({ length, timesUs }: Trace, us: number): number {
  let i = 0;
  while (i < length && (timesUs[i] ?? 0) < us) i++;
  return i;
}

/** All that may follow a last packet until the radio is idle again, s. */
export function settleS({ promotion, stages }: StateRadio): number {
  const stagesS = stages.map((stage) => stage.lastsS + (stage.promotion?.lastsS ?? 0));
  return stagesS.reduce((sum, each) => sum + each, promotion?.lastsS ?? 0);
}

class StateMachine {
  readonly #states: readonly State[];
  readonly #dwellUs: Float64Array;
  /** By index of the state: what may keep it, and what it may carry. */
  readonly #kept = new Map<number, RecentBytes>();
  readonly #carried = new Map<number, PacketQueue>();
  readonly #fromUs: number;
  readonly #toUs: number;
  #index = IDLE;
  #atUs = -Infinity;
  #endsUs = Infinity;

  constructor(model: StateRadio, fromUs: number, toUs: number) {
    this.#fromUs = fromUs;
    this.#toUs = toUs;
    this.#states = statesOf(model);
    this.#dwellUs = new Float64Array(this.#states.length);
    model.stages.forEach(({ keptBy, carries }, i) => {
      if (keptBy !== undefined) this.#kept.set(stageIndex(i), new RecentBytes(keptBy));
      if (carries !== undefined) this.#carried.set(stageIndex(i), new PacketQueue(carries));
    });
  }

  packet(atUs: number, bytes: number, up: boolean): void {
    this.advance(atUs);
    const state = this.#states[this.#index];
    if (state === undefined) return;
    if (this.#carried.get(this.#index)?.takes(atUs, bytes, up) === true) this.#endsUs = atUs + state.lastsUs;
    else if (state.onPacket !== this.#index) this.#enter(state.onPacket, atUs);
    else if (this.#kept.get(this.#index)?.enough(atUs, bytes, up) ?? this.#index === stageIndex(0))
      this.#endsUs = atUs + state.lastsUs;
  }

  advance(toUs: number): void {
    while (this.#endsUs <= toUs) {
      const endUs = this.#endsUs;
      this.#dwell(endUs);
      this.#enter(this.#states[this.#index]?.next ?? IDLE, endUs);
    }
    this.#dwell(toUs);
  }

  energyBeyondJ(idleW: number): number {
    return this.#states.reduce((sum, { powerW }, i) => sum + (powerW - idleW) * this.#secondsIn(i), 0);
  }

  seconds(): Record<string, number> {
    return Object.fromEntries(this.#states.map(({ name }, i) => [name, this.#secondsIn(i)]));
  }

  #secondsIn(index: number): number {
    return (this.#dwellUs[index] ?? 0) / 1e6;
  }

  #enter(index: number, atUs: number): void {
    this.#index = index;
    this.#endsUs = atUs + (this.#states[index]?.lastsUs ?? Infinity);
    this.#kept.get(index)?.clear();
    this.#carried.get(index)?.clear();
  }

  /** Spends the time until `toUs` in the present state; what is outside the window does not count. */
  #dwell(toUs: number): void {
    const insideUs = Math.min(toUs, this.#toUs) - Math.max(this.#atUs, this.#fromUs);
    if (insideUs > 0) this.#dwellUs[this.#index] = (this.#dwellUs[this.#index] ?? 0) + insideUs;
    this.#atUs = toUs;
  }
}

/** Idle first, then the stages with index `stageIndex`, then the promotions that there are. */
function statesOf({ idle, promotion, stages }: StateRadio): State[] {
  const first = stageIndex(0);
  const promotions: State[] = [];
  const wayUp = (name: string, from: StateRadio['promotion']): number => {
    if (from === undefined) return first;
    const index = 1 + stages.length + promotions.length;
    promotions.push({ name, powerW: from.powerW, lastsUs: from.lastsS * 1e6, next: first, onPacket: index });
    return index;
  };
  const idleState = {
    name: 'idle',
    powerW: meanW(idle),
    lastsUs: Infinity,
    next: IDLE,
    onPacket: wayUp('promotion', promotion),
  };
  const stageStates = stages.map((stage, i) => ({
    name: stage.name,
    powerW: meanW(stage),
    lastsUs: stage.lastsS * 1e6,
    next: i + 1 < stages.length ? stageIndex(i + 1) : IDLE,
    onPacket: i === 0 ? first : wayUp(`promotion from ${stage.name}`, stage.promotion),
  }));
  return [idleState, ...stageStates, ...promotions];
}

function stageIndex(stage: number): number {
  return 1 + stage;
}

/** Mean power with the pings in it, W. */
function meanW({ powerW, pingW = 0, pingS = 0, pingPeriodS = 1 }: StateRadio['idle']): number {
  const share = Math.min(1, pingS / pingPeriodS);
  return powerW + (pingW - powerW) * share;
}
