import { readDuckDb } from '../test/read-stores.js';
import { describeSink } from '../test/sink-contract.js';
import { duckdbOptions } from '../test/duckdb-options.js';
import { DuckDbSink } from './duckdb-sink.js';

let path = '';

describeSink('DuckDB', {
  make(folder) {
    path = `${folder}/readings.duckdb`;
    return Promise.resolve(new DuckDbSink(duckdbOptions(path)));
  },
  keeps: (reading) => reading,
  read: () => readDuckDb(path),
});
