import type { Job } from '../contract/index.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * The environment of a build's command: the agent's own without anything that speaks for the
 * agent (all `QUORATE_*`, and whatever holds the key), plus what the build may know about itself.
 */
export function buildEnv(env: Env, key: string | undefined, job: Job): Env {
  const harmless = Object.entries(env).filter(
    ([name, value]) => !name.startsWith('QUORATE_') && !(key && value?.includes(key)),
  )
  return {
    ...Object.fromEntries(harmless),
    CI: 'true',
    QUORATE_BUILD_ID: job.id,
    QUORATE_ATTEMPT: String(job.attempt),
    QUORATE_PLATFORM: job.platform,
  }
}
