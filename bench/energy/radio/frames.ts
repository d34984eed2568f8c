/**
 * A radio by the frames that cross it: each IP packet is one frame with the MAC's acknowledgement, both ways, so a TCP
 * acknowledgement costs a frame too. Serrano et al. 2015:
 *
 *   sent      E = sentFrame + P_tx * T_data + P_rx * T_ack
 *   received  E = receivedFrame + P_rx * T_data + P_tx * T_ack
 *
 * and P_listen while the channel is waited for, where listening costs more than idling.
 */
import { WeirError } from '@weir/runtime';
import type { FrameRadio } from '../profile-schema.js';
import { ackRateMbps, ackUs, frameUs, WAIT_US } from './airtime.js';
import { windowS, type Observation, type RadioUse } from './observation.js';

/** The figures that a radio's profile chooses of its table. Powers are beyond idle. */
export interface FrameModel {
  readonly kind: 'frames';
  readonly rateMbps: number;
  readonly ackRateMbps: number;
  readonly txW: number;
  readonly rxW: number;
  /** Sending and receiving acknowledgements of the MAC. */
  readonly ackTxW: number;
  readonly ackRxW: number;
  readonly listenW: number;
  readonly sentFrameJ: number;
  readonly receivedFrameJ: number;
  readonly llcBytes: number;
}

/** How many packets of each length crossed, by way. */
export type Frames = ReadonlyMap<number, { readonly up: number; readonly down: number }>;

/** Throws `config.invalid` when the radio's table has not what it says it uses. */
export function frameModel(radio: FrameRadio): FrameModel {
  const { rateMbps, txDbm, listenMw, sentFrameMj, receivedFrameMj, llcBytes } = radio;
  const data = powersAt(radio, rateMbps, txDbm);
  if (data === null) {
    throw new WeirError(
      'config.invalid',
      `radio "${radio.name}": "rates" has no power for rateMbps ${rateMbps} at txDbm ${txDbm}`,
    );
  }
  const ack = powersAt(radio, ackRateMbps(rateMbps), txDbm) ?? data;
  return {
    kind: 'frames',
    rateMbps,
    ackRateMbps: ackRateMbps(rateMbps),
    txW: data.txMw / 1000,
    rxW: data.rxMw / 1000,
    ackTxW: ack.txMw / 1000,
    ackRxW: ack.rxMw / 1000,
    listenW: listenMw / 1000,
    sentFrameJ: sentFrameMj / 1000,
    receivedFrameJ: receivedFrameMj / 1000,
    llcBytes,
  };
}

function powersAt({ rates }: FrameRadio, mbps: number, dbm: number): { txMw: number; rxMw: number } | null {
  const row = rates.find((each) => each.mbps === mbps);
  const txMw = row?.txMw[row.atDbm.indexOf(dbm)];
  return row === undefined || txMw === undefined ? null : { txMw, rxMw: row.rxMw };
}

/** What a packet of `bytes` IP bytes costs beyond idle, J. */
export function frameJ(model: FrameModel, bytes: number, up: boolean): number {
  const dataS = frameUs(bytes + model.llcBytes, model.rateMbps) / 1e6;
  const ackS = ackUs(model.ackRateMbps) / 1e6;
  const waitJ = (model.listenW * WAIT_US) / 1e6;
  return up
    ? model.sentFrameJ + model.txW * dataS + model.ackRxW * ackS + waitJ
    : model.receivedFrameJ + model.rxW * dataS + model.ackTxW * ackS + waitJ;
}

export function framesIn({ trace, fromUs, toUs }: Observation): Frames {
  const frames = new Map<number, { up: number; down: number }>();
  for (let i = 0; i < trace.length; i++) {
    const atUs = trace.timesUs[i] ?? 0;
    if (atUs < fromUs || atUs >= toUs) continue;
    const bytes = trace.bytes[i] ?? 0;
    let counts = frames.get(bytes);
    if (counts === undefined) frames.set(bytes, (counts = { up: 0, down: 0 }));
    counts[trace.up[i] === 1 ? 'up' : 'down']++;
  }
  return frames;
}

/** The radio's idle power is in the board's: see the notes of the profiles. */
export function frameUse(model: FrameModel, frames: Frames, observation: Observation): RadioUse {
  let marginalJ = 0;
  let sendingUs = 0;
  let receivingUs = 0;
  let waitingUs = 0;
  const acknowledgementUs = ackUs(model.ackRateMbps);
  for (const [bytes, { up, down }] of frames) {
    const dataUs = frameUs(bytes + model.llcBytes, model.rateMbps);
    sendingUs += up * dataUs + down * acknowledgementUs;
    receivingUs += down * dataUs + up * acknowledgementUs;
    waitingUs += (up + down) * WAIT_US;
    marginalJ += up * frameJ(model, bytes, true) + down * frameJ(model, bytes, false);
  }
  const idleS = windowS(observation) - (sendingUs + receivingUs + waitingUs) / 1e6;
  const states = {
    sending: sendingUs / 1e6,
    receiving: receivingUs / 1e6,
    waiting: waitingUs / 1e6,
    idle: Math.max(0, idleS),
  };
  return { idleJ: 0, marginalJ, states };
}
