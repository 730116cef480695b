export {
  assertNoLeaks,
  type Leaks,
  leaksSince,
  type Shape,
  type Snapshot,
  snapshot,
  treeShape,
  withRuntime,
} from './leaks.ts'
export {
  assertReceive,
  type Expected,
  type Probe,
  type ReceiveLimit,
  refuteReceive,
  startProbe,
} from './probe.ts'
export { settle } from './settle.ts'
export { type TestRuntime, testRuntime } from './test-runtime.ts'
export { type VirtualClock, virtualClock } from './virtual-clock.ts'
