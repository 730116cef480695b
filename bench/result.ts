import { fileURLToPath } from 'node:url'
import type { Absent, Answer } from './harness.ts'

/** Where results are kept, one file a bench. */
export const RESULTS = fileURLToPath(new URL('./results/', import.meta.url))

/** What `npm run bench -- <name>` writes. */
export interface Result {
  readonly bench: string
  readonly about: string
  readonly machine: {
    readonly cpu: string
    readonly cores: number
    readonly memory_gb: number
    readonly node: string
    readonly platform: string
  }
  readonly rounds: number
  readonly absent: readonly Absent[]
  /** `load` is the machine's, of the minute before the answer was there. */
  readonly answers: readonly (Answer & { readonly load: number })[]
}
