import type { BuildPage, BuildView, SessionReply, TreeReply, WorkerView } from '../../src/contract/index.ts'
import type { BuildFilter } from './route.ts'

async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(path, {
    credentials: 'same-origin',
    ...init,
    headers: { 'X-Quorate': '1', ...init.headers },
  })
  const body = await response.json().catch(() => ({}))
  if (response.ok) return body
  throw Object.assign(new Error(body.error ?? `HTTP ${response.status}`), {
    status: response.status,
    wayOut: body.way_out,
  })
}
const post = (path: string, body: unknown = {}) =>
  call<never>(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })

export const api = {
  async session(): Promise<SessionReply | undefined> {
    return call<SessionReply>('/api/v1/session').catch((e) => {
      if (e.status === 401) return undefined
      throw e
    })
  },
  signIn: (key: string): Promise<SessionReply> => post('/api/v1/session', { key }),
  signOut: () => call('/api/v1/session', { method: 'DELETE' }),
  builds(filter: BuildFilter, page: { before?: string | undefined; limit: number }): Promise<BuildPage> {
    const q = new URLSearchParams({ limit: String(page.limit) })
    if (filter.state) q.set('state', filter.state)
    if (filter.platform) q.set('platform', filter.platform)
    if (filter.workerId) q.set('worker_id', filter.workerId)
    if (page.before) q.set('before', page.before)
    return call(`/api/v1/builds?${q}`)
  },
  build: (id: string): Promise<BuildView> => call(`/api/v1/builds/${encodeURIComponent(id)}`),
  cancel: (id: string) => post(`/api/builds/${encodeURIComponent(id)}/cancel`),
  workers: (): Promise<{ workers: WorkerView[] }> => call('/api/v1/workers'),
  tree: (): Promise<TreeReply> => call('/api/v1/tree'),
  kill: (pid: string) => post(`/api/v1/processes/${encodeURIComponent(pid)}/kill`),
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const wayOut = (error as { wayOut?: string }).wayOut
  return wayOut ? `${error.message} ${wayOut}` : error.message
}
