import { canonical, type Key } from '../otp/index.ts'

/**
 * A number from 0 to 2^32 - 1, the same for equal keys on every machine: FNV-1a
 * over their canonical form.
 */
export function stableHash(key: Key): number {
  let hash = 0x811c9dc5
  const text = String(canonical(key))
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}
