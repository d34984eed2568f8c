import {
  ErrorCode,
  ProtocolError,
  PROTOCOL_VERSION,
  type Hello,
  type SequenceRange,
  type Welcome,
} from '@weir/protocol';
import type { Holder } from '../auth/tokens.js';
import type { Intake } from '../ingest/intake.js';
import { clockSourceName } from '../ingest/record.js';
import type { Connection } from '../registry/device.js';
import type { ClockOffset } from '../registry/epoch.js';
import type { SessionHost } from './host.js';

/** Settled ranges in one welcome. What is left out is sent again by the device and known as a duplicate. */
const SETTLED_RANGES_MAX = 8_000;

/** Why this hello opens no session, or null. */
export function checkHello(hello: Hello, holder: Holder, epochsMax: number): ProtocolError | null {
  if (!holder.mayBe(hello.device)) {
    const message = `the token of ${holder.name} is not for device ${hello.device}`;
    return new ProtocolError(ErrorCode.deviceMismatch, message, {
      limit: holder.device,
      value: hello.device,
    });
  }
  const { length } = hello.epochs;
  if (length === 0)
    return new ProtocolError(ErrorCode.wrongType, 'hello names no epoch', { value: 'epochs' });
  if (length <= epochsMax) return null;
  const message = `hello names ${length} epochs; the limit is ${epochsMax}`;
  return new ProtocolError(ErrorCode.arrayTooLong, message, { limit: epochsMax, value: length });
}

/** The answer to a hello, with what of the frames held need not be sent. */
export function welcomeTo(hello: Hello, intake: Intake, host: SessionHost, credit: number): Welcome {
  const { deadlineMs, frameLimits } = host.settings;
  const { frameBytes, channels, readingsPerFrame, textBytes } = frameLimits;
  let room = SETTLED_RANGES_MAX;
  const settled = hello.epochs.map(({ held }, index) => {
    const ranges = held === null ? [] : within(storedOf(intake, index), held).slice(0, room);
    room -= ranges.length;
    return ranges;
  });
  return {
    type: 'welcome',
    version: PROTOCOL_VERSION,
    hubUtcUs: host.clock.utcUs(),
    credit,
    deadlineMs,
    limits: { frameBytes, channels, readingsPerFrame, textBytes },
    settled,
  };
}

/** What was refused is left out: the device sends it again and is told why, should the first reject have been lost. */
function storedOf({ device, epochs }: Intake, index: number): readonly SequenceRange[] {
  const entry = epochs[index];
  if (entry === undefined) return [];
  const account = device.accounts.get(entry.epoch);
  const settled = entry.settled.ranges();
  return account === undefined ? settled : settled.flatMap(([first, last]) => account.unrefused(first, last));
}

function within(ranges: readonly SequenceRange[], [first, last]: SequenceRange): SequenceRange[] {
  return ranges
    .filter((range) => range[1] >= first && range[0] <= last)
    .map((range) => [Math.max(range[0], first), Math.min(range[1], last)]);
}

/** An offset as the device list shows it. */
export function clockOf({ source, uncertaintyUs }: ClockOffset): Connection['clock'] {
  return { source: clockSourceName(source), uncertaintyUs };
}
