export { isTerminal } from './build.machine.ts'
export type { FarmTotals } from './build.store.ts'
export type { Artifact, Build, NewBuild } from './build.ts'
export type { LogRange } from './build-log.store.ts'
export {
  BuildAssigned,
  BuildFinished,
  BuildRequeued,
  BuildSubmitted,
  DutyMissed,
  FilesDropped,
  ReportRefused,
  SilentSwept,
} from './builds.events.ts'
export { buildsSupervisor } from './builds.supervisor.ts'
export type {
  AttemptHolder,
  Builds,
  HandBack,
  ListFilter,
  OpenedArtifact,
  OpenedBlob,
  PollWait,
  Settled,
} from './builds.ts'
export type { Change } from './change-feed.ts'
export type { ClaimRefusal, WorkerClaim } from './claim.ts'
export { type BuildsService, createBuilds } from './create-builds.ts'
export { type BuildLimits, defaultLimits } from './limits.ts'
export type { BuildsOptions } from './parts.ts'
export type { InputKind } from './report.store.ts'
export { buildView, workerView } from './views.ts'
export type { RegistrationProof, Worker, WorkerToken } from './worker.ts'
