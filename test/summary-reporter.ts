import { DefaultReporter, type TestModule } from 'vitest/node'

interface Count {
  passed: number
  failed: number
  skipped: number
  pending: number
}

/**
 * Vitest's own report and, as the very last line of the process, one that a
 * program can read: `tests: 12 passed, 0 failed, 1 skipped`. A file that could
 * not be loaded counts as one failed test, so that the line is never better
 * than the run.
 */
export class SummaryReporter extends DefaultReporter {
  #lastLine: string | undefined

  override onTestRunEnd(...run: Parameters<DefaultReporter['onTestRunEnd']>): void {
    super.onTestRunEnd(...run)
    // What global teardowns print comes after this moment, hence the wait for the exit.
    if (this.#lastLine === undefined) process.once('exit', () => console.log(this.#lastLine))
    this.#lastLine = summary(run[0], run[1].length)
  }
}

function summary(modules: readonly TestModule[], errors: number): string {
  const count: Count = { passed: 0, failed: errors, skipped: 0, pending: 0 }
  for (const module of modules) {
    for (const test of module.children.allTests()) count[test.result().state] += 1
    count.failed += module.errors().length
  }
  return `tests: ${count.passed} passed, ${count.failed} failed, ${count.skipped + count.pending} skipped`
}
