import type { BuildState, Platform } from '../contract/index.ts'
import { defineEvent, type Problem } from '../kernel/index.ts'

/** A build was taken into the queue. */
export const BuildSubmitted = defineEvent<{
  readonly id: string
  readonly platform: Platform
  readonly sourceBytes: number
}>('builds.submitted')

/** A worker was given a build (again, when `redelivered`); `waitedMs` since it was submitted. */
export const BuildAssigned = defineEvent<{
  readonly id: string
  readonly workerId: string
  readonly attempt: number
  readonly redelivered: boolean
  readonly waitedMs: number
}>('builds.assigned')

/** A build reached a terminal state by report, cancellation, or for want of attempts. */
export const BuildFinished = defineEvent<{
  readonly id: string
  readonly platform: Platform
  readonly state: BuildState
  /** From first sign of life; null when there was none. */
  readonly durationMs: number | null
}>('builds.finished')

/** A build lost its worker and waits for another. */
export const BuildRequeued = defineEvent<{
  readonly id: string
  readonly attempt: number
  readonly reason: string
}>('builds.requeued')

/** Someone whose lease is over spoke for a build and was refused, or came too late. */
export const ReportRefused = defineEvent<{
  readonly id: string
  readonly report: 'finish' | 'fail' | 'heartbeat' | 'logs'
  readonly reason: string
}>('builds.report_refused')

/** A duty met a store that did not answer; it comes again. */
export const DutyMissed = defineEvent<{
  readonly duty: 'claim' | 'rescue' | 'keep'
  readonly problem: Problem
}>('builds.duty_missed')

/** One look for silent workers found something. */
export const SilentSwept = defineEvent<{
  readonly requeued: number
  readonly failed: number
  readonly offline: number
}>('builds.silent_swept')

/** One round of throwing files away found something. */
export const FilesDropped = defineEvent<{ readonly released: number; readonly removed: number }>(
  'builds.files_dropped',
)
