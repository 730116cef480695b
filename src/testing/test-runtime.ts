import {
  type CrashReport,
  createRuntime,
  type Pid,
  type ProcessContext,
  type Runtime,
  type RuntimeOptions,
} from '../otp/index.ts'
import { settle } from './settle.ts'
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

/** A process that a test acts through, and that keeps what it is sent. */
export interface Probe {
  readonly pid: Pid
  readonly ctx: ProcessContext
  readonly messages: readonly unknown[]
}

/** Starts a probe; with `trap` it traps exits. */
export async function startProbe(
  runtime: Runtime,
  options: { readonly trap?: boolean } = {},
): Promise<Probe> {
  const messages: unknown[] = []
  const started: ProcessContext[] = []
  runtime.spawn(async function probe(ctx) {
    ctx.trapExit(options.trap ?? false)
    started.push(ctx)
    for (;;) messages.push(await ctx.receive())
  })
  await settle()
  const [ctx] = started
  if (!ctx) throw new Error('the probe did not start')
  return { pid: ctx.self, ctx, messages }
}
