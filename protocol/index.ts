/** The wire of Weir: frames as values, their bytes, limits and codes. docs/protocol.md is the specification. */
export * from './codec.js';
export * from './codes.js';
export { diagnostic } from './diagnostic.js';
export * from './frames.js';
export { type FrameHeader, peekFrame, withEpoch } from './header.js';
export * from './limits.js';
export { ProtocolError, registeredCode, type Refusal } from './protocol-error.js';
export { ColumnsReader } from './columns-reader.js';
export type { ReadingsSummary } from './readings-summary.js';
export { SequenceSet } from './sequence-set.js';
export { type ExpectedRefusal, type SessionVector, type Vector, sessionVectors, vectors } from './vectors.js';
