import { Problem } from '../../kernel/index.ts'
import type { Dest, Runtime } from '../context.ts'
import { describeDest, locate } from '../destination.ts'
import type { Pid } from '../pid.ts'
import { hostOf, type Process, processOf } from '../process.ts'
import { ServerProcess } from '../server/server-process.ts'
import type { Child } from './child.ts'
import { DynamicChildren } from './dynamic-children.ts'
import { SupervisorState } from './supervisor-state.ts'

/** One process of a supervision tree, as it is now. */
export interface TreeNode {
  readonly id: string
  /** Undefined while it does not run. */
  readonly pid: Pid | undefined
  readonly name: string | undefined
  readonly kind: 'supervisor' | 'worker'
  readonly module: string
  readonly status: 'running' | 'restarting' | 'stopped'
  /** Starts after the first one. */
  readonly restarts: number
  /** Waiting messages. */
  readonly mailbox: number
  /** Messages handled since its last start. */
  readonly handled: number
  readonly startedAtMs: number | undefined
  readonly children?: readonly TreeNode[]
}

/**
 * Reads the tree below a supervisor from the live processes, without asking
 * them: it shows a supervisor that is busy restarting, too.
 */
export async function supervisionTree(runtime: Runtime, supervisor: Dest): Promise<TreeNode> {
  const process = locate(hostOf(runtime), supervisor)?.process
  if (!process) {
    const wayOut = 'name a supervisor that runs'
    throw new Problem('noproc', `no process "${describeDest(supervisor)}"`, { field: 'supervisor', wayOut })
  }
  return nodeOf({
    id: process.name ?? process.module,
    pid: process.pid,
    status: 'running',
    restarts: 0,
    type: 'worker',
  })
}

interface Known {
  readonly id: string
  readonly pid: Pid | undefined
  readonly status: TreeNode['status']
  readonly restarts: number
  readonly type: TreeNode['kind']
}

function nodeOf({ id, pid, status, restarts, type }: Known): TreeNode {
  const process = pid && processOf(pid)
  if (!process) {
    // Between the end of a child and its supervisor's hearing of it, it counts as restarting.
    return {
      ...ABSENT,
      id,
      kind: type,
      module: id,
      status: status === 'running' ? 'restarting' : status,
      restarts,
    }
  }
  const children = process instanceof ServerProcess ? childrenOf(process.state) : undefined
  const kind = children ? 'supervisor' : type
  const node = { ...vitals(process), id, kind, status, restarts } as const
  return children ? { ...node, children: children.map(known).map(nodeOf) } : node
}

const ABSENT = { pid: undefined, name: undefined, mailbox: 0, handled: 0, startedAtMs: undefined } as const

type Vitals = Pick<TreeNode, 'pid' | 'name' | 'module' | 'mailbox' | 'handled' | 'startedAtMs'>

function vitals({ pid, name, module, waiting, handled, startedAtMs }: Process): Vitals {
  return { pid, name, module, mailbox: waiting, handled, startedAtMs }
}

function known({ spec, pid, status, restarts }: Child): Known {
  return { id: spec.id, pid, status, restarts, type: spec.type }
}

function childrenOf(state: unknown): readonly Child[] | undefined {
  return state instanceof SupervisorState || state instanceof DynamicChildren
    ? [...state.children]
    : undefined
}
