/**
 * Where things go on the broker. `PREFIX` is `weir` unless configured.
 *
 *   PREFIX/DEVICE/CHANNEL          a reading (QoS 1); a channel's `/` makes topic levels
 *   PREFIX/DEVICE/status           retained: the device's state
 *   PREFIX/DEVICE/status/value     readings of a channel that is itself called `status`
 *   PREFIX/$bridge/NAME/status     retained: this bridge's own birth and last will
 *
 * Two channels never share a topic, and no name can reach another device's topics, a wildcard or a broker's `$` tree:
 * names are checked here again, although the protocol allows no such name.
 */
import { CHANNEL_NAME, DEVICE_NAME } from '@weir/protocol';
import { WeirError } from '@weir/runtime';

/** Levels of plain characters: no wildcard, no empty level, no leading `$`, which would hide the tree from `#`. */
export const TOPIC_PREFIX = /^(?=.{1,128}$)[A-Za-z0-9][A-Za-z0-9_.:-]*(?:\/[A-Za-z0-9][A-Za-z0-9_.:-]*)*$/;

/** Names that would collide with the status topic each move one level down. */
const STATUS_LIKE = /^status(?:\/value)*$/;

/** Topic of a channel's readings. Throws `bridge.bad_name` for a name that the protocol does not allow. */
export function readingTopic(prefix: string, device: string, channel: string): string {
  if (!CHANNEL_NAME.test(channel)) throw badName('channel', channel);
  return `${deviceTopic(prefix, device)}/${STATUS_LIKE.test(channel) ? `${channel}/value` : channel}`;
}

/** Topic of a device's retained state. Throws `bridge.bad_name`. */
export function deviceStatusTopic(prefix: string, device: string): string {
  return `${deviceTopic(prefix, device)}/status`;
}

/** Topic of the bridge's own retained state. `$bridge` is no device: device names begin with a letter or a digit. */
export function bridgeStatusTopic(prefix: string, name: string): string {
  return `${prefix}/$bridge/${name}/status`;
}

function deviceTopic(prefix: string, device: string): string {
  if (!DEVICE_NAME.test(device)) throw badName('device', device);
  return `${prefix}/${device}`;
}

function badName(what: string, name: string): WeirError {
  const shown = JSON.stringify(name.slice(0, 64));
  return new WeirError('bridge.bad_name', `${shown} is not a ${what} name and cannot be part of a topic`, {
    details: { what, name: name.slice(0, 64) },
  });
}
