/** Hard bounds of the wire. The hub announces its own, never larger, in `welcome`. Sizes in bytes. */
export interface Limits {
  readonly frameBytes: number;
  readonly depth: number;
  readonly textBytes: number;
  readonly arrayLength: number;
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
