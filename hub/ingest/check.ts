/** Is a well-formed frame one that this device may send? Everything here is refused for good, never for now. */
import { ErrorCode, ProtocolError, type Describe, type ReadingsSummary } from '@weir/protocol';
import type { DeviceEntry } from '../registry/device.js';
import type { EpochEntry } from '../registry/epoch.js';
import type { Registry } from '../registry/registry.js';
import type { Series } from '../registry/series.js';

/**
 * The series id of each channel described, new ones counted on from the registry's next. Throws `channelConflict` or
 * `tooManyChannels`; changes nothing.
 */
export function seriesOfDescribe(
  frame: Describe,
  device: DeviceEntry,
  epoch: EpochEntry,
  registry: Registry,
  channelsMax: number,
): number[] {
  const names = new Set<string>();
  let added = 0;
  const ids = frame.channels.map((channel) => {
    if (names.has(channel.name)) throw conflict(channel.name, 'is described twice in one frame');
    names.add(channel.name);
    const bound = epoch.channels[channel.index];
    if (bound !== undefined && bound.channel !== channel.name) {
      throw conflict(channel.name, `has index ${channel.index}, which is ${bound.channel} in this epoch`);
    }
    const series = device.series.get(channel.name);
    if (series === undefined) return registry.nextSeriesId + added++;
    checkSame(series, channel.type, channel.unit);
    return series.id;
  });
  checkRoom(device.series.size + added, channelsMax, `${device.name} has`, added);
  checkRoom(registry.seriesCount + added, registry.limits.series, 'the hub has', added);
  return ids;
}

function checkSame(series: Series, type: string, unit: string): void {
  if (series.type !== type) throw conflict(series.channel, `is a ${series.type} channel, not ${type}`);
  if (series.unit !== unit) throw conflict(series.channel, `has unit "${series.unit}", not "${unit}"`);
}

function conflict(channel: string, fault: string): ProtocolError {
  return new ProtocolError(ErrorCode.channelConflict, `channel ${channel} ${fault}`, { value: channel });
}

function checkRoom(count: number, limit: number, who: string, added: number): void {
  if (added === 0 || count <= limit) return;
  const message = `${who} ${count} channels with these; the limit is ${limit}`;
  throw new ProtocolError(ErrorCode.tooManyChannels, message, { limit, value: count });
}

/** The series id of each column, in `ids`, which are used again. Throws `unknownChannel` or `valueType`. */
export function seriesOfReadings(frame: ReadingsSummary, epoch: EpochEntry, ids: number[]): number[] {
  if (ids.length !== frame.columns) ids.length = frame.columns;
  for (let column = 0; column < frame.columns; column++)
    ids[column] = seriesOfColumn(frame, column, epoch).id;
  return ids;
}

function seriesOfColumn(frame: ReadingsSummary, column: number, epoch: EpochEntry): Series {
  const channel = frame.channels[column] ?? 0;
  const type = frame.types[column];
  const series = epoch.channels[channel];
  if (series === undefined) {
    const message = `channel ${channel} was not described in this epoch`;
    throw new ProtocolError(ErrorCode.unknownChannel, message, { value: channel });
  }
  if (type === series.type) return series;
  const message = `channel ${channel} (${series.channel}) takes ${series.type} values, not ${type}`;
  throw new ProtocolError(ErrorCode.valueType, message, { value: channel });
}
