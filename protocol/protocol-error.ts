import { type ErrorCodeName, WeirError } from '@weir/runtime';
import { ErrorCode, codeName } from './codes.js';
import type { EpochRef } from './frames.js';

/** What a refusal can say beside its code and message; all of it goes into a `reject` frame. */
export interface Refusal {
  /** The bound that was crossed. */
  readonly limit?: number | string | null;
  /** What crossed it, or the name of the field at fault. */
  readonly value?: number | string | null;
  /** The frame at fault, where its header could be read. */
  readonly epoch?: EpochRef | null;
  readonly seq?: number | null;
}

/** The only error that the codec throws: bytes, or a frame, that break the protocol. Never retryable. */
export class ProtocolError extends WeirError {
  readonly errorCode: ErrorCode;
  readonly limit: number | string | null;
  readonly value: number | string | null;
  readonly epoch: EpochRef | null;
  readonly seq: number | null;

  constructor(errorCode: ErrorCode, message: string, refusal: Refusal = {}) {
    const { limit = null, value = null, epoch = null, seq = null } = refusal;
    super(registeredCode(errorCode), message, { details: { limit, value } });
    this.name = 'ProtocolError';
    this.errorCode = errorCode;
    this.limit = limit;
    this.value = value;
    this.epoch = epoch;
    this.seq = seq;
  }

  /** The same refusal, of the frame with this identity. */
  of(epoch: EpochRef | null, seq: number | null): ProtocolError {
    const { limit, value } = this;
    return new ProtocolError(this.errorCode, this.message, { limit, value, epoch, seq });
  }

  /** The same refusal, with the place named more exactly. */
  within(place: string): ProtocolError {
    return new ProtocolError(this.errorCode, `${place}: ${this.message}`, this);
  }
}

/** `frameTooLarge` stands in the error registry as `protocol.frame_too_large`. */
export function registeredCode(code: ErrorCode): ErrorCodeName {
  const words = codeName(ErrorCode, code).replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
  return `protocol.${words}` as ErrorCodeName;
}

export function malformed(offset: number, reason: string): ProtocolError {
  return new ProtocolError(ErrorCode.malformed, `malformed at byte ${offset}: ${reason}`, { value: offset });
}

export function wrongType(field: string, expected: string): ProtocolError {
  return new ProtocolError(ErrorCode.wrongType, `${field}: expected ${expected}`, { value: field });
}

export function outOfRange(field: string, value: number, limit: number): ProtocolError {
  const side = value > limit ? 'over' : 'under';
  return new ProtocolError(ErrorCode.outOfRange, `${field}: ${value} is ${side} the limit ${limit}`, {
    limit,
    value,
  });
}

export function tooManyElements(name: string, length: number, limit: number): ProtocolError {
  const message = `${name}: ${length} elements; the limit is ${limit}`;
  return new ProtocolError(ErrorCode.arrayTooLong, message, { limit, value: length });
}

export function repeatedChannel(channel: number): ProtocolError {
  return new ProtocolError(ErrorCode.repeatedChannel, `channel ${channel} occurs twice`, { value: channel });
}

export function tooManyReadings(readings: number, limit: number): ProtocolError {
  const message = `${readings} readings or more; the limit of a frame is ${limit}`;
  return new ProtocolError(ErrorCode.tooManyReadings, message, { limit, value: readings });
}

export function unknownType(type: number | string): ProtocolError {
  return new ProtocolError(ErrorCode.unknownType, `unknown frame type ${type}`, { value: type });
}
