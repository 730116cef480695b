import { type Capabilities, platforms, type RegisterRequest } from '../contract/index.ts'

/** A machine that builds, as its row says. */
export interface Worker {
  readonly id: string
  readonly name: string
  /** Builds of these platforms only; empty: of every platform. */
  readonly platforms: readonly string[]
  readonly capabilities: Capabilities
  /** Silence that loses its build, if it promised to beat; null: the farm's default. */
  readonly leaseMs: number | null
  readonly online: boolean
  /** The build it holds. */
  readonly buildId: string | null
  readonly lastSeenAt: Date
  readonly registeredAt: Date
  readonly buildsCompleted: number
  readonly buildsFailed: number
}

/** A worker token as its holder presented it. */
export interface WorkerToken {
  readonly value: string
  /** Negative once it expired. */
  readonly expiresInMs: number
}

/** How a registration proves itself: with an operator's key, or with the worker's last token. */
export interface RegistrationProof {
  readonly trusted: boolean
  readonly token?: string | undefined
}

/**
 * The platforms a worker restricts itself to. A list wins over a single name;
 * a single name that no build could ask for (`darwin`) is no restriction.
 */
export function offeredPlatforms({ capabilities, platform }: RegisterRequest): readonly string[] {
  if (capabilities?.platforms !== undefined) return [...new Set(capabilities.platforms)]
  const single = capabilities?.platform ?? platform
  return platforms.some((known) => known === single) && single !== undefined ? [single] : []
}

/** The lease a worker earns by promising to beat. */
export function leaseOf({ capabilities }: RegisterRequest, beats: number): number | null {
  return capabilities?.heartbeat_ms === undefined ? null : capabilities.heartbeat_ms * beats
}
