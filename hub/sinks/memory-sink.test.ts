import { MemorySink } from './test/memory-sink.js';
import { describeSink, type StoredReading } from './test/sink-contract.js';

let sink: MemorySink;

describeSink('memory', {
  make: () => Promise.resolve((sink = new MemorySink())),
  keeps: (reading) => reading,
  read: () =>
    Promise.resolve(
      sink.batches.flatMap(({ columns }) =>
        columns.flatMap(({ series, epoch, seq, monotonicUs, offsetUs, values, uncertaintyUs }) =>
          Array.from(monotonicUs, (monotonic, idx): StoredReading => {
            const timeUs = monotonic + offsetUs;
            const { device, channel, type, unit } = series;
            const value = values[idx] ?? 0;
            return { device, channel, type, unit, timeUs, value, uncertaintyUs, epoch, seq, idx };
          }),
        ),
      ),
    ),
});
