import { type CrashReport, createRuntime, type Runtime, type RuntimeOptions } from '../otp/index.ts'
import { type VirtualClock, virtualClock } from './virtual-clock.ts'

/** A runtime whose time stands still and whose crash reports are kept. */
export interface TestRuntime {
  readonly runtime: Runtime
  readonly clock: VirtualClock
  readonly reports: readonly CrashReport[]
}

/** Makes a runtime for one test; `options` change what it is made with. */
export function testRuntime(options: Omit<RuntimeOptions, 'clock' | 'logger'> = {}): TestRuntime {
  const clock = virtualClock()
  const reports: CrashReport[] = []
  const runtime = createRuntime({
    clock,
    random: () => 0,
    logger: (report) => reports.push(report),
    ...options,
  })
  return { runtime, clock, reports }
}
