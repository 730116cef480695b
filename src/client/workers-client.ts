import type { z } from 'zod'
import {
  AbandonReply,
  HeartbeatReply,
  LogPushReply,
  type NewLogLine,
  PollReply,
  RegisterReply,
  type RegisterRequest,
  ReportReply,
  WorkersReply,
  type WorkerView,
} from '../contract/index.ts'
import { type Download, type DownloadOptions, download } from './download.ts'
import { type FileUpload, formBody, type Progress } from './multipart-body.ts'
import type { Call, Transport } from './transport.ts'

/** Names and proves the attempt that a worker holds; a `Job` is one. */
export interface Lease {
  readonly id: string
  readonly attempt_token: string
}

/** How a worker waits for work. */
export interface PollOptions {
  /** 0 asks once; the server waits at most 55 s. */
  readonly waitSeconds?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** How an artefact is sent. */
export interface UploadOptions {
  readonly onProgress?: Progress | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a build agent asks for. */
export interface WorkersClient {
  /** `token`, the last one of this worker, proves that a known id is ours. */
  register(request: RegisterRequest, token?: string): Promise<RegisterReply>
  /** Use the answer's `access_token` next time. 401: register again; 404: forget the id. */
  poll(token: string, options?: PollOptions): Promise<PollReply>
  openSource(lease: Lease, options?: DownloadOptions): Promise<Download>
  /** 409: stop, the build is not yours any more. */
  heartbeat(lease: Lease, progress?: number, signal?: AbortSignal): Promise<HeartbeatReply>
  pushLogs(lease: Lease, lines: readonly NewLogLine[], signal?: AbortSignal): Promise<LogPushReply>
  upload(lease: Lease, artifact: FileUpload, options?: UploadOptions): Promise<ReportReply>
  fail(lease: Lease, error: string, signal?: AbortSignal): Promise<ReportReply>
  /** Gives the build back unfinished; `reason` reads after the worker's name in its log. */
  abandon(lease: Lease, reason: string, signal?: AbortSignal): Promise<AbandonReply>
  list(): Promise<readonly WorkerView[]>
}

/** The worker half of the client. */
export function workersClient(transport: Transport): WorkersClient {
  const { ask } = transport
  /** Says something about an attempt, with its proof. */
  const tell = <S extends z.ZodType>(schema: S, path: string, lease: Lease, call: Call) =>
    ask(schema, path, { method: 'POST', ...call, headers: { ...call.headers, ...proofOf(lease) } })
  return {
    register: (json, token) =>
      ask(RegisterReply, '/api/workers/register', {
        method: 'POST',
        json,
        headers: { 'x-worker-token': token },
      }),
    poll: (token, { waitSeconds = 0, signal } = {}) =>
      ask(PollReply, '/api/workers/poll', {
        query: { wait: waitSeconds || undefined },
        headers: { 'x-worker-token': token },
        signal,
        timeoutMs: waitSeconds * 1_000 + 30_000,
      }),
    openSource: (lease, options) => download(transport, pathOf(lease, 'source'), options, proofOf(lease)),
    heartbeat: (lease, progress, signal) =>
      tell(HeartbeatReply, pathOf(lease, 'heartbeat'), lease, { json: { progress }, signal }),
    pushLogs: (lease, logs, signal) =>
      tell(LogPushReply, pathOf(lease, 'logs'), lease, { json: { logs }, signal }),
    upload(lease, result, { onProgress, signal } = {}) {
      const form = formBody({ build_id: lease.id, success: 'true' }, { result }, onProgress)
      return tell(ReportReply, '/api/workers/upload', lease, { ...form, signal, timeoutMs: undefined })
    },
    fail: (lease, error, signal) =>
      tell(ReportReply, '/api/workers/fail', lease, { json: { build_id: lease.id, error }, signal }),
    abandon: (lease, reason, signal) =>
      tell(AbandonReply, '/api/workers/abandon', lease, { json: { build_id: lease.id, reason }, signal }),
    list: async () => (await ask(WorkersReply, '/api/v1/workers')).workers,
  }
}

const proofOf = (lease: Lease) => ({ 'x-attempt-token': lease.attempt_token })

const pathOf = ({ id }: Lease, more: string): string => `/api/builds/${encodeURIComponent(id)}/${more}`
