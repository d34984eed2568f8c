import { decodeFrame, encodeFrame } from '@weir/protocol';
import type { StoredFrame } from '../spool/stored-frame.js';

/**
 * The same readings frame without the columns of these channels; itself when it has none of them, or nothing else. Only
 * for frames that the hub has not seen: afterwards (epoch, sequence) stands for what it saw.
 */
export function withoutChannels(stored: StoredFrame, channels: ReadonlySet<number>): StoredFrame {
  if (stored.kind !== 'readings' || channels.size === 0) return stored;
  const frame = decodeFrame(stored.bytes);
  if (frame.type !== 'readings') return stored;
  const columns = frame.columns.filter(({ channel }) => !channels.has(channel));
  if (columns.length === 0 || columns.length === frame.columns.length) return stored;
  const readings = columns.reduce((sum, { times }) => sum + times.length, 0);
  return { ...stored, readings, bytes: encodeFrame({ ...frame, columns }) };
}
