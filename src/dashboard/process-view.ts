import type { ProcessView } from '../contract/index.ts'
import { err, ok, type Result } from '../kernel/index.ts'
import type { Runtime, TreeNode } from '../otp/index.ts'

/** A process of the tree as `/api/v1/tree` and the live events show it. */
export function processView(node: TreeNode): ProcessView {
  return {
    pid: node.pid?.id ?? '',
    id: node.id,
    name: node.name ?? null,
    kind: node.kind,
    module: node.module,
    status: node.status,
    restarts: node.restarts,
    mailbox: node.mailbox,
    handled: node.handled,
    started_at: node.startedAtMs === undefined ? null : new Date(node.startedAtMs).toISOString(),
    children: (node.children ?? []).map(processView),
  }
}

/**
 * Kills the process with this printed pid, as `exit(pid, 'kill')` does: it
 * cannot be trapped, and its supervisor starts it again. `not_found` also for
 * one that ended meanwhile.
 */
export function killProcess(runtime: Runtime, printedPid: string): Result<void, 'not_found'> {
  const pid = runtime.processes().find((one) => one.id === printedPid)
  if (!pid) return err('not_found', `no process has the pid ${printedPid}`)
  runtime.exit(pid, 'kill')
  return ok()
}
