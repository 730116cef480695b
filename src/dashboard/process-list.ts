import type { ProcessesReply, ProcessQuery, ProcessRow } from '../contract/index.ts'
import type { ProcessInfo } from '../otp/index.ts'
import type { WatchedNode } from './watched-node.ts'

/** The processes of the node, those with the most of what is asked for first. Costs a microsecond a process. */
export function listProcesses({ id, runtime }: WatchedNode, query: ProcessQuery): ProcessesReply {
  const living = runtime.processes().flatMap((pid) => runtime.processInfo(pid) ?? [])
  const kept = living.filter(keeps(query.filter))
  return {
    node: id,
    at_ms: runtime.clock.monotonicMs(),
    total: living.length,
    matching: kept.length,
    waiting: living.reduce((sum, { messageQueueLength }) => sum + messageQueueLength, 0),
    processes: kept.sort(MOST_FIRST[query.sort]).slice(0, query.limit).map(processRow),
  }
}

const MOST_FIRST = {
  mailbox: (a, b) => b.messageQueueLength - a.messageQueueLength || b.handled - a.handled,
  handled: (a, b) => b.handled - a.handled,
  started: (a, b) => b.startedAtMs - a.startedAtMs,
} as const satisfies Record<ProcessQuery['sort'], (a: ProcessInfo, b: ProcessInfo) => number>

function keeps(filter = ''): (info: ProcessInfo) => boolean {
  const wanted = filter.toLowerCase()
  return ({ pid, name = '', module }) => `${pid.id} ${name} ${module}`.toLowerCase().includes(wanted)
}

/** A process as the lists show it. */
export function processRow(info: ProcessInfo): ProcessRow {
  return { ...vitals(info), links: info.links.length, ancestors: info.ancestors.map(({ id }) => id) }
}

/** What lists and details show alike. */
export function vitals(info: ProcessInfo): Omit<ProcessRow, 'links' | 'ancestors'> {
  return {
    pid: info.pid.id,
    name: info.name ?? null,
    module: info.module,
    status: info.status,
    mailbox: info.messageQueueLength,
    handled: info.handled,
    memory_bytes: info.memory ? info.memory.heapUsedBytes + info.memory.externalBytes : null,
    started_at: new Date(info.startedAtMs).toISOString(),
  }
}
