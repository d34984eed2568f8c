/** Benchmarks of Weir: run side by side with what it is compared to, with their conditions and raw data. */
export {};
