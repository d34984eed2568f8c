/** The hub's parts, for those who put them together in another world than a machine's: simulations. */
export { Core, type Surroundings } from './core.js';
export { ClockSource, RecordKind, decodeRecord, type HubRecord } from './ingest/record.js';
export type { EpochAccount, Ledger } from './ledger/ledger.js';
export type { LedgerRange, LedgerState, Whereabouts } from './ledger/statement.js';
export { Returns } from './listen/returns.js';
export { DeviceConnection, type ConnectionParts } from './session/websocket.js';
export { ReadTime } from './session/read-time.js';
export type { Peer } from './session/session.js';
export { InfluxSink, type InfluxSurroundings } from './sinks/influx/influx-sink.js';
export type { LineWriter } from './sinks/influx/client.js';
export type { Refusal } from './sinks/influx/refusal.js';
export { SinkRun, type RunStatus } from './sinks/run.js';
export type { SeriesInfo, Sink, SinkBatch, SinkStatus } from './sinks/sink.js';
export { Follower } from './stream/follower.js';
