/** A vitest reporter that ends the run with one plain line: `Tests: N passed, N failed, N skipped`. */
interface TestCase {
  result(): { state: 'passed' | 'failed' | 'skipped' | 'pending' };
}
interface TestModule {
  children: { allTests(): Iterable<TestCase> };
}

export default class ClosingLine {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules)
      for (const test of module.children.allTests()) counts[test.result().state]++;
    process.stdout.write(
      `Tests: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped + counts.pending} skipped\n`,
    );
  }
}
