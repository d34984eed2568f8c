/** What each frame but `readings` holds, element by element, in the order of the wire. docs/protocol.md says the same. */
import { CHANNEL_TYPES, ErrorCode, FrameType, GapReason } from './codes.js';
import {
  type Field,
  type FieldOf,
  checked,
  epochId,
  epochRef,
  flag,
  integer,
  named,
  nullable,
} from './fields.js';
import { oneOf, real, scalar, sequence, text, uint, word } from './fields.js';
import type {
  ChannelDescription,
  ClockAnchor,
  Configure,
  Frame,
  HeldEpoch,
  Readings,
  Welcome,
} from './frames.js';
import type { Item } from './item.js';
import { CHANNEL_NAME, DEVICE_NAME, type Limits, PROTOCOL_VERSION } from './limits.js';
import { ProtocolError, repeatedChannel, tooManyElements, unknownType, wrongType } from './protocol-error.js';
import { type Shape, array, atMost, fields, list, range, rest } from './structures.js';

/** Every frame that is a fixed row of fields. Readings are read from the bytes directly: `readings.ts`. */
export type RowFrame = Exclude<Frame, Readings>;
type ShapeOf<F> = Shape<Omit<F, 'type'>>;

const channelName = named(CHANNEL_NAME);
const count = uint(0xffff_ffff);

const version = checked(uint(), (spoken) => {
  if (spoken === PROTOCOL_VERSION) return spoken;
  const message = `protocol version ${spoken}; version ${PROTOCOL_VERSION} is spoken here`;
  throw new ProtocolError(ErrorCode.unsupportedVersion, message, { limit: PROTOCOL_VERSION, value: spoken });
});

const anchor = array(fields<ClockAnchor>({ monotonicUs: uint(), utcUs: uint(), uncertaintyUs: uint() }));

const heldEpoch = array(
  fields<HeldEpoch>({
    epoch: epochId,
    held: nullable(range),
    anchor: nullable(anchor),
    deviceUtcUs: nullable(integer),
  }),
);

const epochs = checked(list(heldEpoch), (held, name) => {
  if (held.length === 0) throw wrongType(name, 'at least the epoch that is being written');
  return held;
});

const channel = array(
  fields<ChannelDescription>({
    index: uint(0xffff),
    name: channelName,
    type: word(CHANNEL_TYPES),
    unit: text,
    intervalMs: nullable(count),
  }),
);

const channelSetting = array(
  fields<Configure['channels'][number]>({
    name: channelName,
    intervalMs: nullable(count),
    deadband: nullable(real),
  }),
);

const announcedLimits = array(
  fields<Welcome['limits']>({
    frameBytes: count,
    channels: count,
    readingsPerFrame: count,
    textBytes: count,
  }),
);

/** Channels of one describe: within the channel limit, each index once. */
const channels: FieldOf<readonly ChannelDescription[]> = (name) => {
  const inner = atMost(list(channel), ({ channels }) => channels, ErrorCode.tooManyChannels)(name);
  return {
    ...inner,
    read(items, at, limits) {
      const described = inner.read(items, at, limits);
      for (const { index } of described) uint(limits.channels - 1)(`${name}.index`).read([index], 0, limits);
      return once(described);
    },
    write: (described, items) => inner.write(once(described), items),
  };
};

function once(described: readonly ChannelDescription[]): readonly ChannelDescription[] {
  const seen = new Set<number>();
  for (const { index } of described) {
    if (seen.has(index)) throw repeatedChannel(index);
    seen.add(index);
  }
  return described;
}

const SHAPES: { readonly [F in RowFrame as F['type']]: ShapeOf<F> } = {
  hello: { version, device: named(DEVICE_NAME), agent: text, monotonicUs: uint(), epochs },
  describe: { epoch: epochRef, seq: sequence, channels },
  gap: { epoch: epochRef, seq: sequence, lostEpoch: epochRef, lost: range, reason: oneOf(GapReason) },
  reply: { id: uint(), ok: flag, message: text },
  probe: { sentUs: uint(), anchor: nullable(anchor) },
  welcome: {
    version,
    hubUtcUs: uint(),
    credit: count,
    deadlineMs: count,
    limits: announcedLimits,
    settled: list(array(rest(range))),
  },
  ack: { credit: count, stored: rest(fields({ epoch: epochRef, range })) },
  reject: {
    epoch: nullable(epochRef),
    seq: nullable(sequence),
    code: oneOf(ErrorCode),
    limit: nullable(scalar('number', 'string')),
    value: nullable(scalar('number', 'string')),
    message: text,
  },
  command: {
    id: uint(),
    name: text,
    channel: nullable(channelName),
    value: nullable(scalar('number', 'boolean', 'string')),
  },
  configure: { id: uint(), channels: list(channelSetting) },
  probeReply: { sentUs: uint(), receivedUtcUs: uint(), answeredUtcUs: uint() },
  goodbye: { code: uint(4999, 1000), retryAfterMs: count, message: text },
};

/** The frames in which a float may stand. */
const WITH_FLOATS: ReadonlySet<string> = new Set(['reject', 'command', 'configure']);

interface Row {
  readonly type: RowFrame['type'];
  readonly code: number;
  readonly mayHoldFloats: boolean;
  readonly field: Field<object>;
}

function rows(): Row[] {
  return Object.entries(SHAPES).map(([name, shape]) => {
    const type = name as RowFrame['type'];
    const field = fields(shape as Shape<object>)('');
    return { type, code: FrameType[type], mayHoldFloats: WITH_FLOATS.has(type), field };
  });
}

const BY_CODE: ReadonlyMap<number, Row> = new Map(rows().map((row) => [row.code, row]));
const BY_NAME: ReadonlyMap<string, Row> = new Map(rows().map((row) => [row.type, row]));

/** A frame from its elements as decoded; the first is `code`, that of its type. */
export function readRow(code: number, elements: unknown, hasFloat: boolean, limits: Limits): RowFrame {
  const row = BY_CODE.get(code);
  if (row === undefined) throw unknownType(code);
  if (!Array.isArray(elements)) throw wrongType('frame', 'an array');
  const frame = { type: row.type, ...row.field.read(elements, 1, limits) } as RowFrame;
  const known = row.field.width + 1;
  if (elements.length > known) throw tooManyElements(row.type, elements.length, known);
  // cbor-x gives 3 for the float 3.0 too: where only integers may stand, a float is refused wherever it was.
  if (hasFloat && !row.mayHoldFloats) throw wrongType(row.type, 'integers, not floats');
  return frame;
}

/** The elements of a frame. */
export function rowItems(frame: RowFrame): Item[] {
  const row = BY_NAME.get(frame.type);
  if (row === undefined) throw unknownType(frame.type);
  const items: Item[] = [row.code];
  row.field.write(frame, items);
  return items;
}
