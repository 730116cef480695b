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
export {
  blankDatabase,
  emptyDatabase,
  type InfraAnswer,
  type TestDatabase,
  testDatabase,
} from './test-database.ts'
export { type TestFarm, testFarm } from './test-farm.ts'
export { type TestRuntime, testRuntime } from './test-runtime.ts'
export {
  type BareServer,
  type BareServerOptions,
  bareServer,
  formOf,
  type TestServer,
  type TestServerOptions,
  testServer,
  zipOf,
} from './test-server.ts'
export { type VirtualClock, virtualClock } from './virtual-clock.ts'
