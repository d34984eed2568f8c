/**
 * What stands in a file of `profiles/`, and in one of a user's own: a board, a radio, a device made of the two, or any of
 * them together. Units are the last part of a key; the bounds are far beyond any device, so that a figure in another unit
 * (700 for 0.7 W) is refused.
 */
import { z } from 'zod';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected lower-case letters, digits and dashes');
const text = z.string().min(1).max(2000);
const watts = z.number().min(0).max(100);
const milliwatts = z.number().min(0).max(20_000);
const seconds = z.number().positive().max(3600);
const bytes = z.number().int().min(0).max(65_535);
const megabits = z.number().positive().max(1000);
const dbm = z.number().min(-50).max(50);

const about = {
  name,
  title: text,
  /** Who measured or published the figures, and where. */
  source: text,
  /** What is assumed beside them. */
  notes: z.array(text).max(20),
};

const board = z.strictObject({
  ...about,
  idleW: watts,
  loadW: watts,
  /** Cores that were busy at `loadW`. */
  loadCores: z.number().int().min(1).max(256),
  /** CPU seconds of the board for one of the machine that the benchmark runs on; null: not known, 1 is taken. */
  cpuSlowdown: z.strictObject({ factor: z.number().positive().max(1000), source: text }).nullable(),
});

const rate = z.strictObject({
  mbps: megabits,
  /** Power of sending beyond idle, one for each of `atDbm`. */
  txMw: z.array(milliwatts).min(1).max(32),
  atDbm: z.array(dbm).min(1).max(32),
  rxMw: milliwatts,
});

const frameRadio = z.strictObject({
  ...about,
  kind: z.literal('frames'),
  /** Which of `rates` is used, and at which of its powers. */
  rateMbps: megabits,
  txDbm: dbm,
  /** What a frame costs beside its airtime. */
  sentFrameMj: z.number().min(0).max(1000),
  receivedFrameMj: z.number().min(0).max(1000),
  /** Power beyond idle while the radio waits for the channel. */
  listenMw: milliwatts,
  /** Between the MAC header and the IP packet: 8 of LLC and SNAP (RFC 1042), more where frames are encrypted. */
  llcBytes: bytes,
  rates: z.array(rate).min(1).max(32),
});

/** Power with pings in it: `pingW` for `pingS` of every `pingPeriodS`. */
const power = {
  powerW: watts,
  pingW: watts.optional(),
  pingS: seconds.optional(),
  pingPeriodS: seconds.optional(),
};
const promotion = z.strictObject({ lastsS: seconds, powerW: watts });
const queue = z.strictObject({
  bytes,
  drainMs: z.number().min(0).max(1e6),
  drainMsPerByte: z.number().min(0).max(1e4),
  drainMsPerByte2: z.number().min(0).max(100),
});

const stage = z.strictObject({
  name: text,
  /** From the last packet, or from the end of the stage before it. */
  lastsS: seconds,
  ...power,
  /** What it takes to begin the time of the stage anew; absent: any packet. */
  keptBy: z.strictObject({ bytes, withinS: seconds }).optional(),
  /** The way up to the first stage for a packet that comes here; absent: none is needed. */
  promotion: promotion.optional(),
  /** What the stage carries by itself; absent: every packet leads to the first stage. */
  carries: z.strictObject({ up: queue, down: queue }).optional(),
});

const stateRadio = z.strictObject({
  ...about,
  kind: z.literal('states'),
  upMwPerMbps: milliwatts,
  downMwPerMbps: milliwatts,
  idle: z.strictObject(power),
  /** From idle to the first stage; absent: none is needed. */
  promotion: promotion.optional(),
  /** From the most awake to the last before idle. */
  stages: z.array(stage).min(1).max(16),
});

const device = z.strictObject({
  name,
  title: text,
  notes: z.array(text).max(20),
  /** Names of a board and a radio, of the same file or of those that Weir brings. */
  board: name,
  radio: name,
});

export const profileFileSchema = z.strictObject({
  board: board.optional(),
  radio: z.discriminatedUnion('kind', [frameRadio, stateRadio]).optional(),
  device: device.optional(),
});

export type Board = z.output<typeof board>;
export type FrameRadio = z.output<typeof frameRadio>;
export type StateRadio = z.output<typeof stateRadio>;
export type Stage = z.output<typeof stage>;
export type Queue = z.output<typeof queue>;
export type Radio = FrameRadio | StateRadio;
