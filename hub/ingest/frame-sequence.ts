import {
  ErrorCode,
  FrameType,
  inspectFrame,
  ProtocolError,
  splitSequence,
  type InspectedFrame,
} from '@weir/protocol';
import { WeirError } from '@weir/runtime';
import type { Holder } from '../auth/tokens.js';
import type { DeviceEntry } from '../registry/device.js';
import { checkHello } from '../session/greeting.js';
import type { Ingest } from './ingest.js';
import type { Intake, Outcome } from './intake.js';
import type { Arrival } from './boot-clock.js';

/** What became of the frames or records of one request. */
export interface TakenFrames {
  stored: number;
  duplicates: number;
  readonly refused: { readonly index: number; readonly error: ProtocolError }[];
  readonly devices: readonly DeviceEntry[];
}

const EPOCHS_MAX = 16_384;
const FRAMES_MAX = 65_536;
const EPOCH_INDEX_END = 2 ** 16;

/**
 * Takes a body of frames in: a hello, then sequenced frames with epochs by id. Throws ProtocolError where the body or
 * its hello is at fault; `log.overloaded` where the log has no room, with what came before it taken.
 */
export function frameSequence(
  ingest: Ingest,
  holder: Holder,
  body: Uint8Array,
  arrival: Arrival,
): TakenFrames {
  const [first, ...frames] = splitSequence(body);
  if (frames.length > FRAMES_MAX) {
    const message = `${frames.length} frames in one body; the limit is ${FRAMES_MAX}`;
    throw new ProtocolError(ErrorCode.arrayTooLong, message, { limit: FRAMES_MAX, value: frames.length });
  }
  const hello = first === undefined ? null : inspectFrame(first);
  if (hello?.type !== 'hello')
    throw new ProtocolError(ErrorCode.helloExpected, 'the body does not begin with a hello');
  const fault = checkHello(hello, holder, EPOCHS_MAX);
  if (fault !== null) throw fault;
  const { intake } = ingest.open(hello, arrival);
  intake.device.agent = hello.agent;
  const taken: TakenFrames = { stored: 0, duplicates: 0, refused: [], devices: [intake.device] };
  for (const [place, bytes] of frames.entries())
    count(taken, place + 1, offer(intake, bytes, arrival.latestUs));
  return taken;
}

function offer(intake: Intake, bytes: Uint8Array, receivedUs: number): Outcome {
  try {
    return acceptFrame(intake, inspectFrame(bytes), bytes, receivedUs);
  } catch (error) {
    if (error instanceof ProtocolError) return intake.refuse(error, receivedUs);
    throw error;
  }
}

function acceptFrame(intake: Intake, frame: InspectedFrame, bytes: Uint8Array, receivedUs: number): Outcome {
  if (frame.type !== 'readings' && frame.type !== 'describe' && frame.type !== 'gap') {
    const message = `a ${frame.type} frame has no place in a body`;
    throw new ProtocolError(ErrorCode.unknownType, message, { value: FrameType[frame.type] });
  }
  if (frame.epoch < EPOCH_INDEX_END) {
    const message = `epoch ${frame.epoch}: a body names epochs by id`;
    throw new ProtocolError(ErrorCode.unknownEpoch, message, { value: frame.epoch });
  }
  return intake.accept(frame, bytes, receivedUs);
}

function count(taken: TakenFrames, index: number, outcome: Outcome): void {
  if (outcome === 'overloaded') {
    throw new WeirError('log.overloaded', 'the log is behind; try again', { retryable: true });
  }
  if (outcome === 'stored') taken.stored++;
  else if (typeof outcome === 'string') taken.duplicates++;
  else {
    const { code, message, limit, value } = outcome.reject;
    taken.refused.push({ index, error: new ProtocolError(code, message, { limit, value }) });
  }
}
