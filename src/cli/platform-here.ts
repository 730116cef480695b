import type { Platform } from '../contract/index.ts'

/** The platform that this machine builds for when nobody says more. */
export function platformHere(): Platform {
  if (process.platform === 'darwin') return 'macos'
  return process.platform === 'win32' ? 'windows' : 'linux'
}
