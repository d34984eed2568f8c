/**
 * Which device and channel a resolved SenML name means. Only the whole name counts, not how `bn` and `n` divide it
 * (RFC 8428, section 4.5.1), so that one thing has one name here too.
 *
 *   device known (`?device=`, or a token for one device)
 *       NAME -> the channel; a leading DEVICE and `/`, `:` or `_` is taken off; DEVICE itself -> `value`
 *   otherwise
 *       DEVICE/CHANNEL                                  split at the first `/`
 *       urn:dev:SCHEME:ID:CHANNEL, urn:dev:SCHEME:ID_CHANNEL   split after the DEV URN (RFC 9039)
 *       urn:dev:SCHEME:ID                               channel `value`
 */
import { CHANNEL_NAME, DEVICE_NAME, ErrorCode, NAME_BYTES, ProtocolError } from '@weir/protocol';

export interface Place {
  readonly device: string;
  readonly channel: string;
}

/** Channel of a name that is the device's and nothing more. */
const WHOLE = 'value';
const DEV_URN = /^(urn:dev:[a-z]+:[A-Za-z0-9.-]+)(?:[:_](.+))?$/;

/** Throws ProtocolError `invalidName` where the name gives no device, or names that are none here. */
export function placeName(name: string, device: string | null): Place {
  const place = device === null ? split(name) : { device, channel: within(name, device) };
  if (place === null) throw invalid(name, 'names no device: write DEVICE/CHANNEL, or say ?device=');
  if (!DEVICE_NAME.test(place.device)) throw invalid(place.device, 'is not a device name');
  if (!CHANNEL_NAME.test(place.channel)) throw invalid(place.channel, 'is not a channel name');
  return place;
}

function split(name: string): Place | null {
  const slash = name.indexOf('/');
  if (slash >= 0) return { device: name.slice(0, slash), channel: name.slice(slash + 1) };
  const urn = DEV_URN.exec(name);
  return urn?.[1] === undefined ? null : { device: urn[1], channel: urn[2] ?? WHOLE };
}

function within(name: string, device: string): string {
  if (name === device) return WHOLE;
  const after = name.slice(device.length);
  return name.startsWith(device) && /^[/:_]./.test(after) ? after.slice(1) : name;
}

function invalid(name: string, fault: string): ProtocolError {
  const shown = name.slice(0, NAME_BYTES);
  return new ProtocolError(ErrorCode.invalidName, `${JSON.stringify(shown)} ${fault}`, {
    limit: NAME_BYTES,
    value: shown,
  });
}
