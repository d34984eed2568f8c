import { MemorySink } from './test/memory-sink.js';
import { describeSink, type StoredReading } from './test/sink-contract.js';

let sink: MemorySink;

describeSink('memory', {
  make: () => Promise.resolve((sink = new MemorySink())),
  keeps: (reading) => reading,
  read: () =>
    Promise.resolve(
      sink.batches.flatMap(({ columns }) =>
        columns.flatMap((column) =>
          column.monotonicUs.map((monotonic, i): StoredReading => {
            const { epoch, offsetUs, uncertaintyUs } = column;
            const { device, channel, type, unit } = column.series;
            const timeUs = monotonic + offsetUs;
            const [value = 0, seq = 0, idx = 0] = [column.values[i], column.seq[i], column.index[i]];
            return { device, channel, type, unit, timeUs, value, uncertaintyUs, epoch, seq, idx };
          }),
        ),
      ),
    ),
});
