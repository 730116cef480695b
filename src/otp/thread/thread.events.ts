import { defineEvent } from '../../kernel/index.ts'
import type { Pid } from '../pid.ts'
import type { ThreadMemory } from './thread-options.ts'

/** Which thread an event is about. */
export interface AboutThread {
  /** The process that stands for the server of the thread. */
  readonly pid: Pid
  readonly name: string | undefined
  readonly module: string
  readonly threadId: number
}

/** A thread's server has finished `init`. */
export const ThreadStarted = defineEvent<AboutThread>('otp.thread.start')

/** A thread is gone, with all of its memory: some time after the logical end of its process. */
export const ThreadStopped = defineEvent<AboutThread & { readonly exitCode: number }>('otp.thread.stop')

/** A thread told its memory, once in each `memoryEveryMs`. */
export const ThreadMeasured = defineEvent<AboutThread & ThreadMemory>('otp.thread.memory')
