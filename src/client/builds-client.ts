import {
  BuildCounts,
  BuildPage,
  type BuildState,
  BuildStatusReply,
  BuildView,
  CancelReply,
  LogLine,
  LogsReply,
  type Platform,
  SubmitReply,
} from '../contract/index.ts'
import { type Download, type DownloadOptions, download } from './download.ts'
import { follow } from './event-follower.ts'
import { type FileUpload, formBody, type Progress } from './multipart-body.ts'
import type { Transport } from './transport.ts'

/** A build to submit. */
export interface Submission {
  /** A zip or gzip of the project. */
  readonly source: FileUpload
  readonly certs?: FileUpload | undefined
  readonly platform: Platform
  readonly name?: string | undefined
  /** Higher goes first; 0 unless given. */
  readonly priority?: number | undefined
  readonly onProgress?: Progress | undefined
  readonly signal?: AbortSignal | undefined
}

/** Which builds to list; all unless narrowed. */
export interface BuildFilter {
  readonly state?: BuildState | undefined
  readonly platform?: Platform | undefined
  readonly worker_id?: string | undefined
  /** `next` of the page before. */
  readonly before?: string | undefined
  readonly limit?: number | undefined
}

/** Which lines of a log to read; all unless narrowed. */
export interface LogRange {
  /** Lines after the one with this `seq`. */
  readonly after?: number | undefined
  readonly limit?: number | undefined
  /** Only this many, from the end. */
  readonly tail?: number | undefined
}

/** What submitters and readers of builds ask for. */
export interface BuildsClient {
  submit(submission: Submission): Promise<SubmitReply>
  /** Newest first. */
  list(filter?: BuildFilter): Promise<BuildPage>
  get(id: string): Promise<BuildView>
  status(id: string): Promise<BuildStatusReply>
  counts(): Promise<BuildCounts>
  logs(id: string, range?: LogRange): Promise<readonly LogLine[]>
  /**
   * Yields every line after `after` as it is written, through broken
   * connections and server restarts, and returns the build's final state.
   */
  followLogs(
    id: string,
    options?: { readonly after?: number | undefined; readonly signal?: AbortSignal | undefined },
  ): AsyncGenerator<LogLine, BuildState>
  /** Opens the artefact. */
  download(id: string, options?: DownloadOptions): Promise<Download>
  cancel(id: string): Promise<CancelReply>
}

/** The build half of the client. */
export function buildsClient(transport: Transport): BuildsClient {
  const { ask } = transport
  const path = (id: string, more = ''): string => `/api/builds/${encodeURIComponent(id)}${more}`
  const own = (id: string, more = ''): string => `/api/v1/builds/${encodeURIComponent(id)}${more}`
  return {
    submit({ source, certs, platform, name, priority, onProgress, signal }) {
      const form = formBody({ platform, name, priority }, { source, certs }, onProgress)
      return ask(SubmitReply, '/api/builds/submit', { method: 'POST', ...form, signal, timeoutMs: undefined })
    },
    list: (filter = {}) => ask(BuildPage, '/api/v1/builds', { query: { ...filter } }),
    get: (id) => ask(BuildView, own(id)),
    status: (id) => ask(BuildStatusReply, path(id, '/status')),
    counts: () => ask(BuildCounts, '/api/v1/counts'),
    async logs(id, range = {}) {
      return (await ask(LogsReply, own(id, '/logs'), { query: { ...range } })).logs
    },
    async *followLogs(id, { after, signal } = {}) {
      const events = follow(transport, own(id, '/logs/stream'), { after: after?.toString(), signal })
      for await (const { type, data } of events) {
        if (type === 'line') yield LogLine.parse(JSON.parse(data))
        if (type === 'end') return BuildView.parse(JSON.parse(data)).state
      }
      throw new Error('a followed stream ends by its end event')
    },
    download: (id, options) => download(transport, path(id, '/download'), options),
    cancel: (id) => ask(CancelReply, path(id, '/cancel'), { method: 'POST' }),
  }
}
