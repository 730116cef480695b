import { ProcessQuery, type TraceEvent } from '../contract/index.ts'
import { openEventStream, type Routes, read } from '../http/index.ts'
import { processDetail, processState } from './process-detail.ts'
import { listProcesses } from './process-list.ts'
import { createTracer } from './process-trace.ts'
import { treeReply } from './process-view.ts'
import { killProcess, processAt, type WatchedNode } from './watched-node.ts'

interface OfProcess {
  readonly Params: { readonly pid: string }
}

/**
 * The processes of the node: `GET /api/v1/tree`, `GET /api/v1/processes` and one of
 * them; its state, its trace and its kill are for admins.
 */
export const processesRoutes =
  (node: WatchedNode): Routes =>
  (server, guard) => {
    const reader = { onRequest: guard.require('read') }
    const admin = { onRequest: guard.require('admin') }
    const tracer = createTracer(node)
    server.get('/api/v1/tree', reader, () => treeReply(node))
    server.get('/api/v1/processes', reader, async ({ query }) =>
      listProcesses(node, read(ProcessQuery, query)),
    )
    server.get<OfProcess>('/api/v1/processes/:pid', reader, async ({ params }) =>
      processDetail(node, processAt(node, params.pid)),
    )
    server.get<OfProcess>('/api/v1/processes/:pid/state', admin, async ({ params }) =>
      processState(node, processAt(node, params.pid)),
    )
    server.post<OfProcess>('/api/v1/processes/:pid/kill', admin, async ({ params }) => {
      killProcess(node, processAt(node, params.pid).pid)
      return { success: true }
    })
    server.get<OfProcess>('/api/v1/processes/:pid/trace', admin, async (request, reply) => {
      const info = processAt(node, request.params.pid)
      const early: TraceEvent[] = []
      let tell = (event: TraceEvent): void => void early.push(event)
      const stop = await tracer.trace(info, (event) => tell(event))
      if (reply.raw.destroyed) return stop()
      const stream = openEventStream(request, reply)
      stream.signal.addEventListener('abort', stop)
      tell = (event) => {
        stream.send(event.type, event)
        if (event.type === 'end') stream.close()
      }
      for (const event of [{ type: 'begin', pid: info.pid.id } as const, ...early]) tell(event)
    })
  }
