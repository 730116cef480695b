import type { BuildCounts, Job, LogLine, NewLogLine, RegisterRequest } from '../contract/index.ts'
import type { Result } from '../kernel/index.ts'
import type { Blob, BlobReading, ByteRange } from '../storage/index.ts'
import type { BuildFilter, FarmTotals } from './build.store.ts'
import type { Artifact, Build, NewBuild } from './build.ts'
import type { LogRange } from './build-log.store.ts'
import type { ChangeFeed } from './change-feed.ts'
import type { ClaimRefusal, WorkerClaim } from './claim.ts'
import type { InputKind } from './report.store.ts'
import type { RegistrationProof, Worker, WorkerToken } from './worker.ts'

/**
 * The build farm of one node: a stable handle that lives through restarts of
 * the processes behind it. The truth is in PostgreSQL; any number of nodes
 * work on the same farm.
 *
 * Every method may reject with `database_unavailable`: a write may or may not
 * have happened then, and asking again is safe. A blob handed in belongs to
 * the farm from the call on, whatever the outcome: never remove it.
 */
export interface Builds extends SubmitterDesk, WorkerDesk, HolderDesk, ReaderDesk {}

/** What submitters ask for. */
export interface SubmitterDesk {
  /** Queues a build. `token` reads and retries it; only its hash is kept. */
  submit(build: NewBuild): Promise<{ readonly build: Build; readonly token: string }>
  /** Ends a build that has not ended; a running worker is told by its next beat. */
  cancel(id: string): Promise<Result<Build, 'not_found' | 'already_finished'>>
  /** Removes a build nobody took yet, with its files: for a submitter that vanished before the reply. */
  discard(id: string): Promise<boolean>
  /** Queues the same order once more, under a new id. */
  retry(
    id: string,
  ): Promise<Result<{ readonly build: Build; readonly token: string }, 'not_found' | 'source_gone'>>
  /** True when the token is the one `submit` gave for this build. Compares in constant time. */
  matchesBuildToken(id: string, token: string): Promise<boolean>
}

/** What workers ask for that look for work. */
export interface WorkerDesk {
  /**
   * Adds a worker or meets it again under the id it brings. One that says it
   * has no build in hand (`active_build_count` 0) gives back what it held.
   */
  registerWorker(
    request: RegisterRequest,
    proof: RegistrationProof,
  ): Promise<
    Result<
      { readonly worker: Worker; readonly token: string; readonly known: boolean },
      'worker_taken' | 'invalid_id'
    >
  >
  /** Whose token this is; `expired` ones still serve to report what a worker has in hand. */
  workerByToken(
    token: string,
  ): Promise<{ readonly worker: Worker; readonly expired: boolean; readonly token: WorkerToken } | undefined>
  /**
   * Gives the worker a build, waiting up to `waitMs` for one. Hand in the token
   * it presented: the reply carries it on, or a new one when it runs out soon.
   * A worker that vanishes (`signal`) is given nothing.
   */
  poll(worker: Worker, wait: PollWait): Promise<{ readonly job: Job | null; readonly token: string }>
}

/** What workers, or who speaks for them, ask for that hold a build. */
export interface HolderDesk {
  /** The build and attempt a token was given for; of an old attempt too, which is refused everywhere. */
  attemptFor(token: string): Promise<AttemptHolder | undefined>
  /** Takes back a job whose delivery failed, or that its worker declines; it may go to another at once. */
  handBack(
    claim: WorkerClaim,
    options: HandBack,
  ): Promise<Result<{ readonly state: 'pending' | 'failed' }, ClaimRefusal>>
  /** A sign of life. Also fine after completion, since the last beat may cross the report. */
  heartbeat(
    claim: WorkerClaim,
    beat: { readonly progress?: number | undefined },
  ): Promise<Result<{ readonly nowMs: number }, ClaimRefusal>>
  /** Adds lines to the log; a sign of life. `log_limit`: the log is full, stop sending. */
  appendLogs(
    claim: WorkerClaim,
    lines: readonly NewLogLine[],
  ): Promise<Result<{ readonly count: number }, ClaimRefusal | 'log_limit'>>
  /** Opens an input for the build's holder. The caller must read the stream to its end or destroy it. */
  openInput(
    claim: WorkerClaim,
    kind: InputKind,
  ): Promise<Result<OpenedBlob, ClaimRefusal | 'worker_required' | 'no_file'>>
  /** `openInput` for the source. */
  openSource(claim: WorkerClaim): Promise<Result<OpenedBlob, ClaimRefusal | 'worker_required' | 'no_file'>>
  /** Completes a build. `late`: it had ended before; nothing changed and the artifact was dropped. */
  finish(claim: WorkerClaim, artifact: Artifact): Promise<Result<Settled, ClaimRefusal>>
  /** Fails a build. `late`: it had ended before; nothing changed. */
  fail(claim: WorkerClaim, error: string): Promise<Result<Settled, ClaimRefusal>>
}

/** What everybody else reads. */
export interface ReaderDesk {
  find(id: string): Promise<Build | undefined>
  /** Newest first. `next` goes into `before` for the next page; null on the last one. */
  list(filter: ListFilter): Promise<{ readonly builds: readonly Build[]; readonly next: string | null }>
  counts(): Promise<BuildCounts>
  totals(): Promise<FarmTotals>
  logs(id: string, range: LogRange): Promise<readonly LogLine[]>
  findWorker(id: string): Promise<Worker | undefined>
  listWorkers(): Promise<readonly Worker[]>
  /** Opens what a build left behind, whole or in part. */
  openArtifact(
    id: string,
    range?: ByteRange,
  ): Promise<Result<OpenedArtifact, 'not_found' | 'not_completed' | 'range' | 'no_file'>>
  /** Calls back when lines may have been added, by any node. Returns stop. */
  followLogs(id: string, onLines: () => void): () => void
  /**
   * Calls back after each change, made on any node and committed. `onGap` says
   * that changes may have been missed: look at everything again. Returns stop.
   */
  onChange: ChangeFeed['onChange']
}

/** How a poll waits. */
export interface PollWait {
  /** 0: answer at once. */
  readonly waitMs: number
  /** Aborted when the worker is gone. */
  readonly signal: AbortSignal
  /** As `workerByToken` returned it; without one the reply carries a new token. */
  readonly token?: WorkerToken | undefined
}

/** Why a job comes back. */
export interface HandBack {
  /** Reads after the worker's name: `handed the build back`. */
  readonly reason: string
  /** False when the worker never got to know of the job: it costs no attempt. */
  readonly counted: boolean
}

/** Who holds, or held, an attempt. */
export interface AttemptHolder {
  readonly buildId: string
  readonly attempt: number
  /** Undefined for an attempt that is over. */
  readonly workerId: string | undefined
}

/** A build that reached its end, now or before. */
export interface Settled {
  readonly build: Build
  readonly late: boolean
}

/** An open file. */
export type OpenedBlob = Pick<BlobReading, 'stream' | 'bytes'> & Pick<Blob, 'sha256'>

/** An open artifact: `bytes` come out of `stream`, `total` is the whole. */
export interface OpenedArtifact extends OpenedBlob {
  readonly total: number
  readonly name: string
}

/** Filter of `list`; `before` is the `next` of the page before. */
export interface ListFilter extends Omit<BuildFilter, 'before'> {
  readonly before?: string | undefined
}
