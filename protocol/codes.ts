/**
 * Every number with a meaning on the wire: frame types, error codes, gap reasons, close codes.
 * The sets are closed: a new member is a new protocol version. docs/protocol.md holds the same tables
 * and a test compares the two.
 */

/** First element of every frame. Below 10: device to hub. From 10: hub to device. */
export const FrameType = {
  hello: 1,
  describe: 2,
  readings: 3,
  gap: 4,
  reply: 5,
  probe: 6,
  welcome: 10,
  ack: 11,
  reject: 12,
  command: 13,
  configure: 14,
  probeReply: 15,
  goodbye: 16,
} as const;

/** Why a frame (or an HTTP body) was refused. Sent in `reject` and in HTTP error bodies. */
export const ErrorCode = {
  /** Not one well-formed item of Weir's CBOR subset. limit: null, value: byte offset. */
  malformed: 1,
  /** Longer than the frame limit. limit and value in bytes. */
  frameTooLarge: 2,
  /** Nested deeper than the limit. */
  tooDeep: 3,
  /** A text or byte string over its limit in bytes. */
  stringTooLong: 4,
  /** The arrays of a frame over their limit in elements together, or more elements than the frame has. */
  arrayTooLong: 5,
  /** The frame's type is not one that this side accepts. value: the type, as number or name. */
  unknownType: 6,
  /** A field has the wrong type or form, or is missing. value: the field's name. */
  wrongType: 7,
  /** A number outside its range. limit: the bound that was crossed. */
  outOfRange: 8,
  /** Readings for a channel that no describe frame of that epoch introduced. value: channel index. */
  unknownChannel: 9,
  /** A describe frame gives a known channel another type or unit, or a known index another channel. value: its name. */
  channelConflict: 10,
  /** More channels than a device may have. limit and value in channels. */
  tooManyChannels: 11,
  /** A value's type is not its channel's type. value: channel index. */
  valueType: 12,
  /** NaN or an infinity. value: which, as text. */
  notFinite: 13,
  /** An epoch index that `hello` did not list, or an id it did not announce. value: the reference. */
  unknownEpoch: 14,
  /** More readings in one frame than the limit. */
  tooManyReadings: 15,
  /** The first frame of a connection is not `hello`. */
  helloExpected: 16,
  /** Protocol version not spoken here. limit: the highest spoken. */
  unsupportedVersion: 17,
  /** The device named in `hello` is not the one the token is for. limit: that device, value: the one named. */
  deviceMismatch: 18,
  /** A device or channel name that breaks the rules of names. limit: bytes allowed, value: the name. */
  invalidName: 19,
  /** Two columns of one frame, or two entries of one describe, are of the same channel. value: channel index. */
  repeatedChannel: 20,
  /** A column has not as many values as times. limit: times, value: values. */
  columnLength: 21,
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** Why an agent dropped readings that the hub never stored. */
export const GapReason = { spoolBytes: 1, spoolAge: 2, spoolDamaged: 3 } as const;
export type GapReason = (typeof GapReason)[keyof typeof GapReason];

/** WebSocket close codes that Weir uses: standard ones where they fit, 4000 and up where none does. */
export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  policyViolation: 1008,
  messageTooBig: 1009,
  serviceRestart: 1012,
  tryAgainLater: 1013,
  unauthorized: 3000,
  forbidden: 3003,
  timeout: 3008,
  /** A newer connection of the same device took over. */
  replaced: 4000,
} as const;
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/** The name of a code in one of the tables above, or the number as text. */
export function codeName(table: Readonly<Record<string, number>>, code: number): string {
  return Object.entries(table).find(([, value]) => value === code)?.[0] ?? String(code);
}

/** On the wire, the type of a channel is its place in this list. */
export const CHANNEL_TYPES = ['number', 'boolean', 'text'] as const;
