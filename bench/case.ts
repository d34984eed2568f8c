import type { z } from 'zod';
import type { TableFormat } from './report/columns.js';

/** What a case is run with, beside its own options. */
export interface BenchContext {
  /** Ends the run and every process of it when it aborts. */
  readonly signal: AbortSignal;
  /** Takes a line of progress for a person. */
  readonly progress: (line: string) => void;
  /** Says how far the case is, where it knows. */
  readonly advance: (part: {
    readonly done: number;
    readonly total: number;
    /** What it is at. */
    readonly what: string;
    /** Expected, s. */
    readonly remainingS: number;
  }) => void;
  /** How this machine starts the `weir` command: a program and its first arguments. */
  readonly weir: readonly string[];
}

/** One benchmark: `weir bench NAME`. */
export interface BenchCase {
  readonly name: string;
  /** One line of `weir bench --help`. */
  readonly summary: string;
  /** What `weir bench NAME --help` says below the options. */
  readonly help: string;
  /** One scalar for each option; `connections` is `--connections`. */
  readonly options: z.ZodObject;
  /** Options that make it end in seconds: a check that it works, not a measurement. */
  readonly quick: Readonly<Record<string, unknown>>;
  /** What `--quick` makes of it, where that is more than a check. */
  readonly quickSummary?: string;
  /** `options` as the schema gives them. Resolves with the result, plain JSON. Rejects with `bench.*`, also when the readings at the end are not those sent. */
  run(options: unknown, context: BenchContext): Promise<object>;
  /** The result for a person: tables, and what must be said of them. */
  table(result: object, format: TableFormat): string;
}

/** A case whose `run` and `table` know the types of what they get. */
export function benchCase<S extends z.ZodObject, R extends object>(
  definition: Omit<BenchCase, 'options' | 'quick' | 'run' | 'table'> & {
    readonly options: S;
    readonly quick: Partial<z.input<S>>;
    readonly run: (options: z.output<S>, context: BenchContext) => Promise<R>;
    readonly table: (result: R, format: TableFormat) => string;
  },
): BenchCase {
  return {
    ...definition,
    run: (options, context) => definition.run(options as z.output<S>, context),
    table: (result, format) => definition.table(result as R, format),
  };
}
