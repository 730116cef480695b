import type { Runtime } from './context.ts'
import { Machine, type RuntimeOptions } from './machine.ts'

/** Makes a world of processes of its own. */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  return new Machine(options)
}

let shared: Runtime | undefined

/** The runtime of those who do not name one. */
export function defaultRuntime(): Runtime {
  shared ??= createRuntime()
  return shared
}
