import type { UnpackLimits } from '../archive/index.ts'
import type { WorkersClient } from '../client/index.ts'
import type { Platform } from '../contract/index.ts'
import type { Clock } from '../kernel/index.ts'

/** What one agent does, for whom, and within which limits. */
export interface AgentOptions {
  readonly workers: WorkersClient
  /** Its own folder; two agents never share one. */
  readonly workDir: string
  /** How people know this worker. */
  readonly name: string
  readonly platforms: readonly Platform[]
  /** Shell command that builds, run in the unpacked source. */
  readonly command: string
  /** Globs of the files to hand in, at least one. */
  readonly artifacts: readonly string[]
  /** Longest run of the command. */
  readonly timeoutMs: number
  /** Pause between two signs of life; the farm allows six of them to be missed. */
  readonly heartbeatMs: number
  /** The command's environment, before the build's own variables are added and secrets taken out. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The API key: kept out of the command's environment under whatever name. */
  readonly key: string | undefined
  readonly clock: Clock
  /** Between 0 and 1. */
  readonly random: () => number
}

/** How long a poll may wait at the server. */
export const POLL_WAIT_SECONDS = 25

/** Between the polite signal to a command and the one that it cannot refuse. */
export const KILL_GRACE_MS = 5_000

/** What the source of a build may unpack to. */
export const SOURCE_LIMITS: UnpackLimits = {
  entriesMax: 200_000,
  bytesMax: 8 * 1024 ** 3,
  ratioMax: 200,
}
