import type { TreeReply } from '../contract/index.ts'
import type { Routes } from '../http/index.ts'
import { Problem, type Result } from '../kernel/index.ts'

/** What operators may do with the processes of this node. */
export interface ProcessDesk {
  tree(): Promise<TreeReply>
  /** Ends the process with this printed pid at once. */
  kill(pid: string): Result<void, 'not_found'>
}

/** `GET /api/v1/tree` and `POST /api/v1/processes/:pid/kill`. */
export const processesRoutes =
  (desk: ProcessDesk): Routes =>
  (server, guard) => {
    server.get('/api/v1/tree', { onRequest: guard.require('read') }, () => desk.tree())

    server.post<{ Params: { readonly pid: string } }>(
      '/api/v1/processes/:pid/kill',
      { onRequest: guard.require('admin') },
      async (request) => {
        const { pid } = request.params
        if (!desk.kill(pid).ok) throw unknownProcess(pid)
        return { success: true }
      },
    )
  }

const unknownProcess = (pid: string): Problem =>
  new Problem('not_found', `No process of this node has the pid ${pid.slice(0, 40)}`, {
    field: 'pid',
    wayOut: 'It may have ended meanwhile: look at the tree again.',
  })
