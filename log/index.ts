/** One durable append-only log with group commit and cursors: the hub's log and the agent's spool. */
export { Log } from './log.js';
export type { LogOptions } from './log-options.js';
export type { LogState } from './committer.js';
export { LogReader } from './log-reader.js';
export type { LogReaderOptions } from './log-reader.js';
export type { LogBatch, SkipReason, Skipped } from './batch-reader.js';
export type { LogRecord } from './segment-reader.js';
export type { Problem } from './problems.js';
export type { DroppedRange, ExpiringRange, Retention } from './retention.js';
export { Cursor } from './cursor.js';
export { lockFile } from './lock-file.js';
export { MAX_RECORD_BYTES } from './record.js';
export { writeFully } from './files.js';
export type { FileSystem, OpenFile } from './files.js';
export { readFile, replaceFile } from './whole-file.js';
export { nodeFiles } from './node-files.js';
export { MemoryFiles } from './memory-files.js';
export type { Fault, Operation, OperationKind } from './memory-files.js';
