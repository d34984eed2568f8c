/** An agent's transport that writes down what passes before it passes it on. */
import type { Connection, ConnectionEvents, Transport } from '@weir/device-agent';
import { decodeFrame, type Frame, type Readings, type SequenceRange } from '@weir/protocol';
import type { JournalWriter, ReadingKey } from './journal.js';

/** Epoch ids begin here; what is less is an index in `hello`. */
const INDEX_MAX = 0x1_0000;

export function journalingTransport(inner: Transport, journal: JournalWriter): Transport {
  return { connect: (events) => new Witness(journal).watch(inner, events) };
}

/** One connection. */
class Witness {
  readonly #journal: JournalWriter;
  #epochs: readonly number[] = [];

  constructor(journal: JournalWriter) {
    this.#journal = journal;
  }

  watch(inner: Transport, events: ConnectionEvents): Connection {
    const connection = inner.connect({
      opened: () => events.opened(),
      received: (message) => {
        if (typeof message !== 'string') this.#receives(decodeFrame(message));
        events.received(message);
      },
      heard: () => events.heard(),
      writable: () => events.writable(),
      refused: (...values) => events.refused(...values),
      unreachable: (message) => events.unreachable(message),
      closed: (code, reason) => events.closed(code, reason),
    });
    return {
      send: (bytes) => {
        this.#sends(decodeFrame(bytes));
        connection.send(bytes);
      },
      get congested() {
        return connection.congested;
      },
      close: (code, reason) => connection.close(code, reason),
      terminate: () => connection.terminate(),
    };
  }

  #sends(frame: Frame): void {
    if (frame.type === 'hello') this.#epochs = frame.epochs.map(({ epoch }) => epoch);
    if (frame.type === 'readings')
      this.#journal.write(['sent', this.#epochOf(frame.epoch), frame.seq, readingsOf(frame)]);
  }

  #receives(frame: Frame): void {
    if (frame.type === 'welcome')
      frame.settled.forEach((ranges, i) => ranges.forEach((range) => this.#acked(i, range)));
    if (frame.type === 'ack') for (const { epoch, range } of frame.stored) this.#acked(epoch, range);
    if (frame.type === 'reject')
      this.#journal.write(['rejected', this.#epochOf(frame.epoch ?? 0), frame.seq ?? 0, frame.message]);
  }

  #acked(epoch: number, [first, last]: SequenceRange): void {
    this.#journal.write(['acked', this.#epochOf(epoch), first, last]);
  }

  #epochOf(ref: number): number {
    return ref < INDEX_MAX ? (this.#epochs[ref] ?? ref) : ref;
  }
}

function readingsOf({ columns }: Readings): (readonly [ReadingKey, number])[] {
  return columns.flatMap(({ times, values }) =>
    Array.from(times, (time, i) => [String(values[i]), time] as const),
  );
}
