import type { BenchCase } from '../case.js';
import { agent } from './agent/agent.js';
import { compare } from './compare/compare.js';
import { connections } from './connections/connections.js';
import { ingest } from './ingest/ingest.js';
import { storm } from './storm/storm.js';

/** Every benchmark, in the order in which `weir bench --help` lists them. */
export const BENCH_CASES: readonly BenchCase[] = [compare, ingest, connections, storm, agent];
