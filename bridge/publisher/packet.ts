/** Sizes of MQTT PUBLISH packets at QoS 1 (MQTT 5, section 3.3), to keep within a broker's Maximum Packet Size. */
import type { Publication } from '../payload.js';

export type MqttVersion = 4 | 5;

const CONTENT_TYPE = 'application/json';
export const IDENTITY_PROPERTY = 'weir-identity';
/** Payload Format Indicator and Content Type, with their identifiers. */
const FIXED_PROPERTY_BYTES = 2 + 3 + CONTENT_TYPE.length;

export interface PublishProperties {
  payloadFormatIndicator: boolean;
  contentType: string;
  userProperties?: Record<string, string>;
}

/** MQTT 5 properties: what the payload is, and its identity where a consumer need not parse for it. */
export function publishProperties({ identity }: Publication): PublishProperties {
  const properties = { payloadFormatIndicator: true, contentType: CONTENT_TYPE };
  return identity === null
    ? properties
    : { ...properties, userProperties: { [IDENTITY_PROPERTY]: identity } };
}

/** Exact bytes on the wire. */
export function publishPacketBytes({ topic, payload, identity }: Publication, version: MqttVersion): number {
  const body = 2 + Buffer.byteLength(topic) + 2 + Buffer.byteLength(payload);
  const remaining = version === 4 ? body : body + propertyBytes(identity);
  return 1 + variableIntegerBytes(remaining) + remaining;
}

function propertyBytes(identity: string | null): number {
  const user = identity === null ? 0 : 5 + IDENTITY_PROPERTY.length + Buffer.byteLength(identity);
  const bytes = FIXED_PROPERTY_BYTES + user;
  return variableIntegerBytes(bytes) + bytes;
}

function variableIntegerBytes(value: number): number {
  return value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4;
}
