/** Benchmarks of Weir: run side by side with what it is compared to, with their conditions and raw data. */
export type { BenchCase, BenchContext } from './case.js';
export { BENCH_CASES } from './cases/all.js';
export { comparisonSection } from './cases/compare/report/readme-section.js';
export { Latency } from './measure/latency.js';
export { columns } from './report/columns.js';
export { performancePage } from './report/page.js';
