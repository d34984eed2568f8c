/** How long the bytes of a message take, beyond the way of its first packet. */
import type { Method, Scenario } from '../scenario.js';
import type { Impairment } from '../../../network/impairments.js';

/** Of IPv4 and TCP with timestamps. */
const PACKET_HEADER_BYTES = 52;
const SEGMENT_BYTES = 1448;
/** RFC 6928: what a connection that is new, or was quiet, sends before it must have heard from the other end. */
const FIRST_WINDOW_BYTES = 10 * SEGMENT_BYTES;
/** Linux shrinks the window again after a retransmission timeout without traffic, 200 ms at least (RFC 5681, 4.1). */
const QUIET_US = 200_000;

/** Application's bytes of a message without its readings, and of each reading; near enough for a rate to tell. */
const SIZES: Readonly<Record<'frame' | 'http', readonly [message: number, reading: number]>> = {
  frame: [30, 10],
  http: [180, 24],
};
const FRAMED: ReadonlySet<Method> = new Set(['ws', 'wss', 'mqtt']);

function messageBytes({ method, direction }: Scenario, readings: number): number {
  const [message, reading] = SIZES[FRAMED.has(method) && direction === 'uplink' ? 'frame' : 'http'];
  return message + readings * reading;
}

/** Share of the way's rate that all devices' readings ask for; 0 where it has no limit. */
export function utilisation(scenario: Scenario, way: Impairment): number {
  const { rateHz, devices, readingsPerMessage } = scenario;
  if (way.bitsPerS === null || rateHz === null) return 0;
  const bytes = onWire(messageBytes(scenario, readingsPerMessage));
  return (8 * bytes * devices * rateHz) / readingsPerMessage / way.bitsPerS;
}

/** Us beyond the first packet's one-way delay until so many readings are there: sending at the rate, and slow start. */
export function transferUs(
  scenario: Scenario,
  way: Impairment,
  roundTripUs: number,
  readings: number,
): number {
  const bytes = messageBytes(scenario, readings);
  const sendingUs = way.bitsPerS === null ? 0 : (8e6 * onWire(bytes)) / way.bitsPerS;
  return sendingUs + (startsSlowly(scenario, roundTripUs) ? slowStartRounds(bytes) * roundTripUs : 0);
}

function onWire(bytes: number): number {
  return bytes + Math.ceil(bytes / SEGMENT_BYTES) * PACKET_HEADER_BYTES;
}

/** The window doubles with each round trip. */
function slowStartRounds(bytes: number): number {
  return Math.max(0, Math.ceil(Math.log2(bytes / FIRST_WINDOW_BYTES + 1)) - 1);
}

function startsSlowly({ method, rateHz, readingsPerMessage }: Scenario, roundTripUs: number): boolean {
  const opensOne =
    method === 'post-new' || method === 'posts-full' || method === 'posts-resumed' || method === 'poll-new';
  return opensOne || (readingsPerMessage * 1e6) / (rateHz ?? Infinity) > QUIET_US + roundTripUs;
}
