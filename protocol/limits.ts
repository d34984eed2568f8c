/** Hard bounds of the wire. The hub announces its own, never larger, in `welcome`. Sizes in bytes. */
export interface Limits {
  readonly frameBytes: number;
  /** Arrays within arrays; the frame itself is the first. */
  readonly depth: number;
  /** UTF-8 bytes of one text. */
  readonly textBytes: number;
  /** Elements of all the arrays of a frame together. */
  readonly arrayLength: number;
  /** Channels of a device; also the end of channel indexes. */
  readonly channels: number;
  readonly readingsPerFrame: number;
}

export const LIMITS: Limits = Object.freeze({
  frameBytes: 1_048_576,
  depth: 8,
  textBytes: 4_096,
  arrayLength: 65_536,
  channels: 1_024,
  readingsPerFrame: 10_000,
});

/** Device and channel names: 1 to 128 bytes of letters, digits, `_ - . : /`, no empty path segment. */
export const NAME_BYTES = 128;
export const DEVICE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;
export const CHANNEL_NAME = /^(?=.{1,128}$)[A-Za-z0-9][A-Za-z0-9_.:-]*(?:\/[A-Za-z0-9][A-Za-z0-9_.:-]*)*$/;

/** Version spoken here, and the WebSocket subprotocol that names it. */
export const PROTOCOL_VERSION = 1;
export const SUBPROTOCOL = 'weir.v1';

/** An epoch reference below this is an index into the epochs of `hello`. */
export const EPOCH_INDEX_END = 0x1_0000;
/** From here on it is an id. What lies between is neither. */
export const EPOCH_ID_START = 0x1_0000_0000;
/** Sequences fit four bytes: a frame each second for 136 years. */
export const SEQUENCE_MAX = 0xffff_ffff;
