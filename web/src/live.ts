import { batch, signal } from '@preact/signals'
import type { BuildCounts, BuildView, LiveEvent, TreeReply, WorkerView } from '../../src/contract/index.ts'
import { preciseNowMs } from './now.ts'
import { session, whoAmI } from './session.ts'

/** `lost` shows the banner; the page keeps what it knew. */
export type Connection = 'connecting' | 'live' | 'lost'

export const connection = signal<Connection>('connecting')
export const counts = signal<BuildCounts | undefined>(undefined)
export const workers = signal<ReadonlyMap<string, WorkerView>>(new Map())
/** The tree and when it was heard. */
export const tree = signal<{ readonly reply: TreeReply; readonly atMs: number } | undefined>(undefined)
/** Grows with every connection made: what was missed meanwhile must be fetched. */
export const epoch = signal(0)

const FIRST_RETRY_MS = 500
const SLOWEST_RETRY_MS = 10_000

const buildListeners = new Set<(build: BuildView) => void>()
let source: EventSource | undefined
let retryMs = FIRST_RETRY_MS

/** Calls back with every build that changes, until the returned function is called. */
export function onBuild(listener: (build: BuildView) => void): () => void {
  buildListeners.add(listener)
  return () => buildListeners.delete(listener)
}

/** Listens to the node's events while somebody is signed in. */
export function startLive(): void {
  session.subscribe((who) => {
    if (typeof who === 'object') connect()
    else disconnect()
  })
}

function connect(): void {
  source?.close()
  const opened = new EventSource('/api/v1/events')
  source = opened
  opened.addEventListener('open', () => {
    retryMs = FIRST_RETRY_MS
    batch(() => {
      connection.value = 'live'
      epoch.value += 1
    })
  })
  opened.addEventListener('error', () => lost(opened))
  opened.addEventListener('bye', () => lost(opened))
  for (const type of ['build', 'worker', 'counts', 'tree'] as const)
    opened.addEventListener(type, (event: MessageEvent<string>) => take(JSON.parse(event.data)))
}

/** The browser gives up on a refused stream and knows no back-off, so we reconnect ourselves. */
function lost(broken: EventSource): void {
  broken.close()
  if (source !== broken) return
  source = undefined
  connection.value = 'lost'
  setTimeout(() => void retry(), retryMs)
  retryMs = Math.min(retryMs * 2, SLOWEST_RETRY_MS)
}

async function retry(): Promise<void> {
  await whoAmI()
  if (typeof session.value === 'object' && source === undefined) connect()
}

function disconnect(): void {
  source?.close()
  source = undefined
  connection.value = 'connecting'
}

function take(event: LiveEvent): void {
  switch (event.type) {
    case 'build':
      for (const listener of buildListeners) listener(event.build)
      return
    case 'worker':
      workers.value = new Map(workers.value).set(event.worker.id, event.worker)
      return
    case 'counts':
      counts.value = event.counts
      return
    case 'tree':
      tree.value = { reply: event.tree, atMs: preciseNowMs() }
  }
}
