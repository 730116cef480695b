import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './test/summary-reporter.ts'

const globalSetup = ['test/global-setup.ts']

/**
 * unit: beside the code, seconds. architecture: the guard. scenarios: real
 * processes, one file at a time. browser: a real Chromium against a real node.
 */
export default defineConfig({
  test: {
    testTimeout: 10_000,
    reporters: [new SummaryReporter()],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['src/**/*.test.ts', 'web/src/**/*.test.ts'], globalSetup },
      },
      {
        extends: true,
        test: { name: 'architecture', include: ['test/{architecture,kpis,figures,docs}/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'scenarios',
          include: ['test/scenarios/**/*.test.ts'],
          globalSetup,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
