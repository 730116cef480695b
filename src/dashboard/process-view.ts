import type { ProcessView, TreeReply } from '../contract/index.ts'
import { supervisionTree, type TreeNode } from '../otp/index.ts'
import type { WatchedNode } from './watched-node.ts'

/** The supervision tree of the node. Rejects with `noproc` while its root does not run. */
export async function treeReply({ id, runtime, root }: WatchedNode): Promise<TreeReply> {
  return { node: id, root: processView(await supervisionTree(runtime, root)) }
}

/** A process of the tree as `/api/v1/tree` and the live events show it. */
function processView(node: TreeNode): ProcessView {
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
