/** What theory says of messages of one kind: of one alone, and of a steady stream at any rate. */
import type { Trace } from '../network/trace.js';
import type { DeviceProfile } from './device-profiles.js';
import { energyOf, type ModelledEnergy } from './energy.js';
import { cpuEnergyJ, energyModel, radioUseOf } from './energy-model.js';
import { settleS } from './radio/states.js';

/** One message with all that goes with it, acknowledgements too. Means over many messages: fractions are meant. */
export interface MessageCost {
  readonly upPackets: number;
  /** With IP headers, of all its packets. */
  readonly upBytes: number;
  readonly downPackets: number;
  readonly downBytes: number;
  /** CPU of this machine, s. */
  readonly cpuS: number;
}

export interface EnergyAtRate {
  readonly rateHz: number;
  /** Beyond idle, of radio and CPU, J. */
  readonly joulesPerMessage: number;
}

/** Between packets of a message, us; less where messages come faster. No radio tells it from 0. */
const PACKET_SPACING_US = 1000;
/** So many messages are averaged at least: a tenth of a packet a message is then two packets. */
const MESSAGES_MIN = 20;

/** One message of a device that is silent before and after it, with the whole of its tail. */
export function energyOfMessage(profile: DeviceProfile, message: MessageCost): ModelledEnergy {
  const trace = streamOf(message, 1, Infinity);
  const toUs = (trace.timesUs.at(-1) ?? 0) + Math.max(1, settlesS(profile)) * 1e6;
  return energyOf(profile, { trace, fromUs: 0, toUs, before: 'trace', cpuS: message.cpuS });
}

/** Messages without end at each of the rates, when the radio has found its rhythm. */
export function energyAtRates(
  profile: DeviceProfile,
  message: MessageCost,
  ratesHz: readonly number[],
): EnergyAtRate[] {
  const model = energyModel(profile);
  const cpuJ = cpuEnergyJ(model, message.cpuS);
  return ratesHz.map((rateHz) => {
    const intervalUs = 1e6 / rateHz;
    const messages = Math.max(MESSAGES_MIN, Math.ceil(settlesS(profile) * rateHz));
    const trace = streamOf(message, messages, intervalUs);
    const window = { trace, fromUs: 0, toUs: messages * intervalUs, before: 'rhythm' as const };
    return { rateHz, joulesPerMessage: radioUseOf(model, window)(model).marginalJ / messages + cpuJ };
  });
}

function settlesS({ radio }: DeviceProfile): number {
  return radio.kind === 'states' ? settleS(radio) : 0;
}

function streamOf(message: MessageCost, messages: number, intervalUs: number): Trace {
  const { upPackets, upBytes, downPackets, downBytes } = message;
  const spacingUs = Math.min(
    PACKET_SPACING_US,
    intervalUs / (Math.ceil(upPackets) + Math.ceil(downPackets) + 1),
  );
  const times: number[] = [];
  const bytes: number[] = [];
  const ways: number[] = [];
  for (let i = 0; i < messages; i++) {
    const startUs = i === 0 ? 0 : i * intervalUs;
    const ups = dueBy(upPackets, i);
    const downs = dueBy(downPackets, i);
    for (let k = 0; k < ups + downs; k++) {
      // Up and down in turn, what is left over at the end.
      const up = k < 2 * Math.min(ups, downs) ? k % 2 === 0 : ups > downs;
      times.push(startUs + k * spacingUs);
      bytes.push(Math.round(up ? upBytes / upPackets : downBytes / downPackets));
      ways.push(up ? 1 : 0);
    }
  }
  return {
    counted: 'estimated',
    length: times.length,
    timesUs: Float64Array.from(times),
    bytes: Uint16Array.from(bytes),
    payload: new Uint16Array(times.length),
    up: Uint8Array.from(ways),
    flags: new Uint8Array(times.length),
  };
}

/** Whole packets that message i has of `packets` a message: the fractions add up. */
function dueBy(packets: number, i: number): number {
  return Math.ceil((i + 1) * packets) - Math.ceil(i * packets);
}
