/** The least that a hub must do for a device, without a network: welcome, clock, acknowledgement of what it was sent. */
import type { Connection, ConnectionEvents, Transport } from '@weir/device-agent';
import { decodeFrame, encodeFrame, LIMITS, type Frame, type HubFrame, type Readings } from '@weir/protocol';
import { systemClock } from '@weir/runtime';

export class HubInMemory implements Transport {
  readonly readings: { readonly device: string; readonly frame: Readings }[] = [];
  readonly devices = new Set<string>();
  connections = 0;
  /** Sent to every device right after its welcome. */
  greeting: readonly Uint8Array[] = [];

  connect(events: ConnectionEvents): Connection {
    let device = '';
    let open = true;
    const answer = (frame: HubFrame | Uint8Array): void => {
      const bytes = frame instanceof Uint8Array ? frame : encodeFrame(frame);
      queueMicrotask(() => {
        if (open) events.received(bytes);
      });
    };
    const end = (code: number, reason: string): void => {
      if (!open) return;
      open = false;
      queueMicrotask(() => events.closed(code, reason));
    };
    queueMicrotask(() => events.opened());
    this.connections++;
    return {
      congested: false,
      send: (bytes) => {
        const frame = decodeFrame(bytes);
        if (frame.type === 'hello') {
          device = frame.device;
          this.devices.add(device);
          answer(welcome(frame.epochs.length));
          this.greeting.forEach(answer);
        } else this.#take(device, frame, answer);
      },
      close: end,
      terminate: () => end(1006, 'terminated'),
    };
  }

  #take(device: string, frame: Frame, answer: (frame: HubFrame) => void): void {
    if (frame.type === 'probe') {
      const now = systemClock.utcUs();
      answer({ type: 'probeReply', sentUs: frame.sentUs, receivedUtcUs: now, answeredUtcUs: now });
    } else if (frame.type === 'describe' || frame.type === 'readings' || frame.type === 'gap') {
      if (frame.type === 'readings') this.readings.push({ device, frame });
      answer({ type: 'ack', credit: 64, stored: [{ epoch: frame.epoch, range: [frame.seq, frame.seq] }] });
    }
  }
}

function welcome(epochs: number): HubFrame {
  return {
    type: 'welcome',
    version: 1,
    hubUtcUs: systemClock.utcUs(),
    credit: 64,
    deadlineMs: 30_000,
    limits: LIMITS,
    settled: Array.from({ length: epochs }, () => []),
  };
}
