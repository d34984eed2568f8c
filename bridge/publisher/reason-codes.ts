import type { Refusal } from './refusals.js';

/** MQTT 5 reason codes (section 2.4) and the return codes of MQTT 3.1.1's CONNACK (table 3.1), as text. */
const TEXTS: Readonly<Record<number, string>> = {
  0x00: 'no reason given',
  0x01: 'unacceptable protocol version',
  0x02: 'client id rejected',
  0x03: 'server unavailable',
  0x04: 'bad user name or password',
  0x05: 'not authorized',
  0x80: 'unspecified error',
  0x81: 'malformed packet',
  0x82: 'protocol error',
  0x83: 'implementation specific error',
  0x84: 'unsupported protocol version',
  0x85: 'client id not valid',
  0x86: 'bad user name or password',
  0x87: 'not authorized',
  0x88: 'server unavailable',
  0x89: 'server busy',
  0x8a: 'banned',
  0x8b: 'server shutting down',
  0x8d: 'keep alive timeout',
  0x8e: 'session taken over by another client with the same client id',
  0x90: 'topic name invalid',
  0x91: 'packet identifier in use',
  0x93: 'receive maximum exceeded',
  0x95: 'packet too large',
  0x96: 'message rate too high',
  0x97: 'quota exceeded',
  0x98: 'administrative action',
  0x99: 'payload format invalid',
  0x9a: 'retain not supported',
  0x9b: 'QoS not supported',
  0x9c: 'use another server',
  0x9d: 'server moved',
  0x9f: 'connection rate exceeded',
  0xa0: 'maximum connect time',
};

/** Ends of a connection that no single message can have caused. */
const BLAMELESS = new Set([0x88, 0x89, 0x8b, 0x8d, 0x8e, 0x96, 0x97, 0x98, 0x9c, 0x9d, 0x9f, 0xa0]);

const REASON_STRING_MAX = 120;

export function blamesNoMessage(code: number): boolean {
  return BLAMELESS.has(code);
}

/** Such as `not authorized (0x87)`. */
export function reasonText(code: number): string {
  return `${TEXTS[code] ?? 'unknown reason'} (0x${code.toString(16).padStart(2, '0')})`;
}

/** Refusals that are meant for the topic: not authorized, topic name invalid. */
const TOPIC_FORBIDDEN = new Set([0x87, 0x90]);

/** A PUBACK's refusal, with the broker's own words where it has any. */
export function refusalOf(code: number, puback: unknown): Refusal {
  const words = reasonString(puback).slice(0, REASON_STRING_MAX);
  const reason = words === '' ? reasonText(code) : `${reasonText(code)}: ${words}`;
  return { reason, topicForbidden: TOPIC_FORBIDDEN.has(code) };
}

function reasonString(puback: unknown): string {
  if (typeof puback !== 'object' || puback === null || !('properties' in puback)) return '';
  const { properties } = puback;
  if (typeof properties !== 'object' || properties === null || !('reasonString' in properties)) return '';
  return typeof properties.reasonString === 'string' ? properties.reasonString : '';
}
