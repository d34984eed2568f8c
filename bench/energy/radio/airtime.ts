/**
 * How long a frame is in the air: OFDM of IEEE 802.11-2012, clause 18, 20 MHz.
 *
 *   preamble and SIGNAL 20 us | symbols of 4 us: SERVICE 16 bits, MAC header 24, payload, FCS 4 octets, tail 6 bits
 *
 * The same formula as in Serrano et al.: 20 + 4 * ceil((30.75 + l) / B), B octets a symbol.
 */
const PREAMBLE_US = 20;
const SYMBOL_US = 4;
const SERVICE_AND_TAIL_BYTES = 22 / 8;
const HEADER_AND_FCS_BYTES = 28;
const ACK_BYTES = 14;

const SIFS_US = 16;
const DIFS_US = 34;
const SLOT_US = 9;
/** Drawn evenly from 0 to CWmin, 15 slots. */
const MEAN_BACKOFF_SLOTS = 7.5;

/** What passes with nobody sending: DIFS and backoff before a frame, SIFS before its acknowledgement, us. */
export const WAIT_US = DIFS_US + MEAN_BACKOFF_SLOTS * SLOT_US + SIFS_US;

/** A data frame with `bytes` behind the MAC header, us. */
export function frameUs(bytes: number, rateMbps: number): number {
  return airtimeUs(HEADER_AND_FCS_BYTES + bytes, rateMbps);
}

/** The MAC's acknowledgement, us. */
export function ackUs(rateMbps: number): number {
  return airtimeUs(ACK_BYTES, rateMbps);
}

/** The highest of the rates that every station knows which is not above the frame's (clause 9.7.6.5.2). */
export function ackRateMbps(rateMbps: number): number {
  return rateMbps >= 24 ? 24 : rateMbps >= 12 ? 12 : 6;
}

function airtimeUs(bytes: number, rateMbps: number): number {
  const bytesPerSymbol = (rateMbps * SYMBOL_US) / 8;
  return PREAMBLE_US + SYMBOL_US * Math.ceil((SERVICE_AND_TAIL_BYTES + bytes) / bytesPerSymbol);
}
