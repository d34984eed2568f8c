/** What a sink's worker and the main thread say to each other. */
import { ERRORS, WeirError, type ErrorCodeName } from '@weir/runtime';
import type { StoreAnswer, StoreRequest } from './store-requests.js';
import type { DuckDbOptions } from './duckdb/config.js';
import type { InfluxOptions } from './influx/config.js';
import type { RunStatus } from './run.js';
import type { SeriesInfo } from './sink.js';

/** Which store, and its settings. */
export type StoreChoice =
  | { readonly kind: 'duckdb'; readonly options: DuckDbOptions }
  | { readonly kind: 'influx'; readonly options: InfluxOptions };

export interface WorkerStart {
  readonly logDir: string;
  readonly store: StoreChoice;
}

export type ToWorker =
  | { readonly type: 'series'; readonly series: readonly SeriesInfo[] }
  | { readonly type: 'advance'; readonly durable: number; readonly hurryTo: number }
  | { readonly type: 'query'; readonly id: number; readonly request: StoreRequest }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'close' };

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'status'; readonly status: RunStatus }
  | { readonly type: 'answer'; readonly id: number; readonly answer: StoreAnswer }
  | { readonly type: 'fault'; readonly id: number; readonly error: PlainError }
  | { readonly type: 'crashed'; readonly error: PlainError };

/** A WeirError as a message can carry it. */
export interface PlainError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

export function plainError(thrown: unknown): PlainError {
  const { code, message, retryable } = WeirError.from(thrown);
  return { code, message, retryable };
}

export function weirError({ code, message, retryable }: PlainError): WeirError {
  const known = code in ERRORS ? (code as ErrorCodeName) : 'internal.unexpected';
  return new WeirError(known, message, { retryable });
}
