import type { Context } from '../context.ts'
import type { Pid } from '../pid.ts'
import { defineServer } from '../server/define-server.ts'
import { noreply, reply, stop } from '../server/results.ts'
import type { ChildSpec } from './child-spec.ts'
import { DynamicChildren, type DynamicOptions } from './dynamic-children.ts'

/** The process of a dynamic supervisor. */
export const DynamicServer = defineServer({
  name: 'dynamic_supervisor',
  init: (options: DynamicOptions, ctx: Context) => {
    ctx.trapExit(true)
    return new DynamicChildren(options, ctx)
  },
  calls: {
    startChild: async (state, spec: ChildSpec) => reply(await state.start(spec), state),
    terminateChild: async (state, pid: Pid) => reply(await state.terminate(pid), state),
    whichChildren: (state) => reply(state.which(), state),
    countChildren: (state) => reply(state.count(), state),
  },
  info: async (state, message) => {
    const verdict = await state.handle(message)
    return verdict === 'go_on' ? noreply(state) : stop('shutdown', state)
  },
  terminate: (_reason, state) => state.stopAll(),
})
