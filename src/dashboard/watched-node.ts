import { Problem } from '../kernel/index.ts'
import type { Pid, ProcessInfo, Runtime } from '../otp/index.ts'

/** The node whose processes are shown. */
export interface WatchedNode {
  /** Tells this run of the node from others: its pids mean nothing in another one. */
  readonly id: string
  readonly runtime: Runtime
  /** Registered name of the root supervisor. */
  readonly root: string
}

/** A living process, by its printed pid with or without the brackets. Throws `not_found`. */
export function processAt({ runtime }: WatchedNode, text: string): ProcessInfo {
  const id = text.startsWith('<') ? text : `<${text}>`
  const pid = [runtime.root, ...runtime.processes()].find((one) => one.id === id)
  const info = pid && runtime.processInfo(pid)
  if (!info) throw unknownProcess(text)
  return info
}

/** No process, or none any more, has that pid. */
export function unknownProcess(pid: string): Problem {
  return new Problem('not_found', `No process of this node has the pid ${pid.slice(0, 40)}`, {
    field: 'pid',
    wayOut: 'It may have ended meanwhile: look at the processes again.',
  })
}

/** Kills the process as `exit(pid, 'kill')` does: it cannot be trapped, and its supervisor starts it again. */
export function killProcess({ runtime }: WatchedNode, pid: Pid): void {
  if (pid === runtime.root) {
    throw new Problem('root_process', 'The root is the runtime itself and cannot be killed', {
      field: 'pid',
      wayOut: 'Stop the node instead.',
    })
  }
  runtime.exit(pid, 'kill')
}
