import type { Timer } from '../../kernel/index.ts'
import type { Runtime } from '../context.ts'
import type { ExitReason } from '../exit.ts'
import { checkedMs } from '../milliseconds.ts'
import { whenDown } from '../monitor.ts'
import { type Process, processOf } from '../process.ts'
import { defaultRuntime } from '../runtime.ts'
import { type Application, startOrder } from './application.ts'
import { ApplicationController, type ControllerRef, type StartType } from './application-controller.ts'
import { EXIT_CODES, type Program } from './program.ts'

/** How applications are started. */
export interface ApplicationsOptions {
  readonly runtime?: Runtime | undefined
  /** By application name; `permanent` unless listed: its end ends everything. */
  readonly types?: Readonly<Record<string, StartType>> | undefined
}

/** Applications that run together. */
export interface RunningApplications {
  readonly runtime: Runtime
  /** The names of those that run now, in start order. */
  running(): Promise<readonly string[]>
  /** Stops all, last first, and waits for it; again when that was asked for already. */
  stop(): Promise<void>
  /** Resolves with the reason when all have ended: `shutdown` after `stop`. */
  readonly ended: Promise<ExitReason>
}

/**
 * Starts applications, each after those it depends on. When one fails to start, those
 * before it are stopped in reverse, and the `StartError` names it.
 */
export async function startApplications(
  applications: readonly Application[],
  { runtime = defaultRuntime(), types = {} }: ApplicationsOptions = {},
): Promise<RunningApplications> {
  const controller = await ApplicationController.startLink(
    { applications: startOrder(applications), typeOf: (name) => types[name] ?? 'permanent' },
    { runtime },
  )
  return running(runtime, controller)
}

function running(runtime: Runtime, controller: ControllerRef): RunningApplications {
  const ended = whenDown(processOf(controller.pid) as Process)
  let stopping: Promise<void> | undefined
  return {
    runtime,
    ended,
    running: () => controller.call.running(),
    stop() {
      // It may have ended by itself meanwhile, which is as good.
      stopping ??= controller.stop('shutdown').catch(async () => void (await ended))
      return stopping
    },
  }
}

/** How a program of applications runs. */
export interface ProgramOptions extends ApplicationsOptions {
  /** The program around: `nodeProgram(process)`. */
  readonly program: Program
  /** Longest orderly stop; afterwards the program ends on the spot with code 1. 30000 by default. */
  readonly deadlineMs?: number | undefined
}

/**
 * Runs applications until they end, and keeps Node alive as long. SIGTERM and
 * SIGINT begin an orderly stop, also while the applications still start; the second
 * signal ends the program on the spot. An exception outside of every process begins
 * the same stop. Resolves with the exit reason; rejects when the start fails.
 */
export async function runApplications(
  applications: readonly Application[],
  { program, deadlineMs = 30_000, ...options }: ProgramOptions,
): Promise<ExitReason> {
  checkedMs('deadlineMs', deadlineMs, 'endless')
  const runtime = options.runtime ?? defaultRuntime()
  const starting = startApplications(applications, { ...options, runtime })
  const timers: Timer[] = [keepAlive(runtime)]
  let stopping = false
  const orderlyStop = (): boolean => {
    if (stopping) return false
    stopping = true
    timers.push(runtime.clock.after(deadlineMs, () => program.exit(1)))
    starting.then(
      (applied) => applied.stop(),
      () => {},
    )
    return true
  }
  const release = program.listen({
    signal: (signal) => {
      if (!orderlyStop()) program.exit(EXIT_CODES[signal])
    },
    uncaught: orderlyStop,
  })
  try {
    return await (await starting).ended
  } finally {
    release()
    for (const timer of timers) timer.cancel()
  }
}

/** Processes that only wait for messages keep Node as little alive as pending promises do; a timer does. */
function keepAlive({ clock }: Runtime): Timer {
  return clock.after(Number.MAX_SAFE_INTEGER, () => {})
}
