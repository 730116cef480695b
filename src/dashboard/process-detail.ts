import type { ProcessDetail, ProcessPeer, ProcessState } from '../contract/index.ts'
import { Problem } from '../kernel/index.ts'
import { CallError, type Pid, type ProcessInfo, type ServerStatus, sys } from '../otp/index.ts'
import { vitals } from './process-list.ts'
import { shownValue } from './shown-value.ts'
import { unknownProcess, type WatchedNode } from './watched-node.ts'

/** A server that does not answer within this time is at work. */
const ANSWER_MS = 1_000

/** A process and whom it knows. */
export function processDetail({ id, runtime }: WatchedNode, info: ProcessInfo): ProcessDetail {
  const peers = (pids: readonly Pid[]) => pids.map(peer)
  const peer = (pid: Pid): ProcessPeer => {
    const known = runtime.processInfo(pid)
    return { pid: pid.id, name: known?.name ?? null, module: known?.module ?? null }
  }
  return {
    ...vitals(info),
    node: id,
    trap_exit: info.trapExit,
    links: peers(info.links),
    monitors: peers(info.monitors),
    monitored_by: peers(info.monitoredBy),
    ancestors: peers(info.ancestors),
  }
}

/**
 * The state of a server, asked of it by a system message behind those that wait.
 * Throws `no_state` for a function and for a server in a thread, `process_busy` for one
 * that does not come round to answer, `not_found` for one that ends meanwhile.
 */
export async function processState(node: WatchedNode, info: ProcessInfo): Promise<ProcessState> {
  const { state } = await askServer(node, info, (options) => sys.getStatus(info.pid, options))
  return { pid: info.pid.id, state: shownValue(state) }
}

/** Asks by system message; failures as `Problem`. */
export async function askServer<T = ServerStatus>(
  { runtime }: WatchedNode,
  { pid, module, behaviour }: ProcessInfo,
  ask: (options: { readonly runtime: WatchedNode['runtime']; readonly timeoutMs: number }) => Promise<T>,
): Promise<T> {
  if (behaviour !== 'server') throw noState(module)
  try {
    return await ask({ runtime, timeoutMs: ANSWER_MS })
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    throw error.kind === 'timeout' ? busy(module) : unknownProcess(pid.id)
  }
}

const noState = (module: string): Problem =>
  new Problem('no_state', `${module} cannot be asked: it is a function, or a server in a thread of its own`, {
    field: 'pid',
    wayOut: 'Only servers and supervisors of the main thread can be asked and traced.',
  })

const busy = (module: string): Problem =>
  new Problem('process_busy', `${module} did not answer within a second`, {
    field: 'pid',
    wayOut: 'It is at work, or many messages wait before ours: try again.',
  })
