import type { BenchCase } from '../case.js';
import { agent } from './agent/agent.js';
import { ingest } from './ingest/ingest.js';

/** Every benchmark, in the order in which `weir bench --help` lists them. */
export const BENCH_CASES: readonly BenchCase[] = [ingest, agent];
