import type { Context } from '../context.ts'
import { type ExitReason, reasonOf } from '../exit.ts'
import type { Exit } from '../pid.ts'
import { type Process, processOf } from '../process.ts'
import { defineServer } from '../server/define-server.ts'
import type { RefOf } from '../server/definition.ts'
import { failInit, noreply, reply, stop } from '../server/results.ts'
import { stopProcess } from '../supervisor/stop-process.ts'
import type { Application, BootedApplication } from './application.ts'

/** What follows when an application ends by itself: everything ends, only after an unclean end, nothing. */
export type StartType = 'permanent' | 'transient' | 'temporary'

/** What the controller runs. */
export interface ControllerOptions {
  /** In the order they are to be started. */
  readonly applications: readonly Application[]
  readonly typeOf: (name: string) => StartType
}

interface Running extends BootedApplication {
  readonly name: string
}

/**
 * Starts applications in order and stops them in reverse. Owns nothing else; its
 * crash takes all top processes down through their links.
 */
export const ApplicationController = defineServer({
  name: 'application_controller',
  init: async ({ applications, typeOf }: ControllerOptions, ctx: Context) => {
    ctx.trapExit(true)
    let running: readonly Running[] = []
    for (const { name, boot } of applications) {
      try {
        running = [...running, { name, ...(await boot({ runtime: ctx.runtime, parent: ctx.self })) }]
      } catch (thrown) {
        await stopAll(ctx, running)
        return failInit({ shutdown: { failed_to_start_application: name, reason: reasonOf(thrown) } })
      }
    }
    return { running, typeOf }
  },
  calls: {
    running: (state) =>
      reply(
        state.running.map(({ name }) => name),
        state,
      ),
  },
  info: {
    async EXIT(state, { from, reason }: Exit, ctx) {
      const ended = state.running.find(({ pid }) => pid === from)
      if (!ended) return noreply(state)
      const left = { ...state, running: state.running.filter((other) => other !== ended) }
      await attempt(ctx, ended, () => ended.stop())
      report(ctx, ended.name, reason)
      if (!takesAllDown(state.typeOf(ended.name), reason)) return noreply(left)
      return stop({ shutdown: { application_terminated: ended.name, reason } }, left)
    },
  },
  terminate: (_reason, { running }, ctx) => stopAll(ctx, running),
})

function takesAllDown(type: StartType, reason: ExitReason): boolean {
  return type === 'permanent' || (type === 'transient' && reason !== 'normal')
}

/** Last first: each is told, its processes end in their own time, and it cleans up. */
async function stopAll(ctx: Context, running: readonly Running[]): Promise<void> {
  for (const application of running.toReversed()) {
    await attempt(ctx, application, () => application.prepStop())
    await stopProcess(processOf(ctx.self) as Process, application.pid, 'infinity')
    await attempt(ctx, application, () => application.stop())
  }
}

/** A hook that fails must not keep the others from stopping. */
async function attempt(ctx: Context, { name }: Running, hook: () => Promise<void>): Promise<void> {
  try {
    await hook()
  } catch (thrown) {
    report(ctx, name, reasonOf(thrown))
  }
}

function report({ self }: Context, application: string, reason: ExitReason): void {
  const process = processOf(self)
  process?.host.report(process, {
    kind: 'application_terminated',
    level: 'error',
    reason,
    child: application,
  })
}

/** A reference to the controller. */
export type ControllerRef = RefOf<typeof ApplicationController>
