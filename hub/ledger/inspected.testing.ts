import { inspectFrame } from '@weir/protocol';
import type { StoredFrame } from '../registry/registry.js';

/** A sequenced frame as the hub sees it. */
export function inspected(bytes: Uint8Array): StoredFrame {
  const frame = inspectFrame(bytes);
  if (frame.type === 'describe' || frame.type === 'readings' || frame.type === 'gap') return frame;
  throw new TypeError(`a ${frame.type} frame has no sequence`);
}
