export { Agent, type AgentDest, type AgentRef } from './agent/agent.ts'
export {
  type Application,
  type ApplicationPlace,
  type ApplicationSource,
  type BootedApplication,
  defineApplication,
} from './application/application.ts'
export type { StartType } from './application/application-controller.ts'
export {
  type NodeProcess,
  nodeProgram,
  type Program,
  type ProgramListener,
  type StopSignal,
} from './application/program.ts'
export {
  type ApplicationsOptions,
  type ProgramOptions,
  type RunningApplications,
  runApplications,
  startApplications,
} from './application/run-applications.ts'
export { CallError } from './call-request.ts'
export type {
  Context,
  Dest,
  Findable,
  From,
  Name,
  ProcessBody,
  ProcessContext,
  ProcessInfo,
  ReceiveOptions,
  Runtime,
  SendTimer,
  SpawnOptions,
  ViaName,
} from './context.ts'
export { self } from './current.ts'
export { EventLoopMonitor, type EventLoopOptions } from './event-loop.ts'
export { type ExitReason, exit, formatExit, isClean, ProcessExited } from './exit.ts'
export { canonical, type Key, stableHash } from './key.ts'
export type { RuntimeOptions } from './machine.ts'
export {
  ChildRestarted,
  EventLoopHealth,
  LongSchedule,
  MailboxOverflow,
  ProcessStarted,
  ProcessStopped,
  ServerCrashed,
  ServerTraced,
  SupervisorGaveUp,
} from './otp.events.ts'
export type { Down, Exit, MonitorRef, Pid, TaskDone } from './pid.ts'
export { type Dispatcher, PubSub, type PubSubAdapter, type PubSubOptions } from './pub-sub.ts'
export { type RegisterResult, Registry, type RegistryRef } from './registry/registry.ts'
export type { Entry } from './registry/registry-part.ts'
export type { Registered, RegistryOptions, Unregistered } from './registry/registry-server.ts'
export { type CrashReport, formatReport, type ReportLogger } from './report.ts'
export { createRuntime, defaultRuntime } from './runtime.ts'
export { defineServer } from './server/define-server.ts'
export type {
  CallClient,
  CallHandlers,
  CallOptions,
  CastClient,
  CastHandlers,
  InfoFunction,
  InfoMap,
  RefOf,
  Server,
  ServerRef,
  ServerSource,
  StartOptions,
  StateOf,
} from './server/definition.ts'
export { GenServer, type MultiCallResult, replyTo } from './server/gen-server.ts'
export type { MailboxLimit, StateLimit } from './server/limits.ts'
export type { Statistics, TraceStep } from './server/management.ts'
export {
  implement,
  type Protocol,
  type ProtocolOf,
  type Ref,
  refTo,
  type ServerOf,
} from './server/protocol.ts'
export {
  after,
  continueWith,
  FailInit,
  failInit,
  Ignore,
  ignore,
  later,
  type Next,
  NoReply,
  noreply,
  Refusal,
  Reply,
  refuse,
  reply,
  StateTooLarge,
  Stop,
  stop,
  timeout,
} from './server/results.ts'
export { StartError } from './server/start.ts'
export { type ServerStatus, type SysOptions, sys } from './server/sys.ts'
export type { ChildCounts, ChildInfo } from './supervisor/child.ts'
export type { Verdict } from './supervisor/child-keeper.ts'
export type {
  Backoff,
  ChildOptions,
  ChildPlace,
  ChildSpec,
  Restart,
  Shutdown,
  StartOutcome,
} from './supervisor/child-spec.ts'
export { type ChildListener, DynamicChildren, type DynamicOptions } from './supervisor/dynamic-children.ts'
export { DynamicSupervisor, type DynamicSupervisorRef } from './supervisor/dynamic-supervisor.ts'
export type { Crash } from './supervisor/estate.ts'
export {
  type PartitionInfo,
  type PartitionOptions,
  PartitionSupervisor,
} from './supervisor/partition-supervisor.ts'
export type { RestartLimits } from './supervisor/restart-window.ts'
export type { StartChildReason, StartChildResult } from './supervisor/start-child.ts'
export { Supervisor, type SupervisorRef } from './supervisor/supervisor.ts'
export type { AutoShutdown, Strategy, SupervisorOptions } from './supervisor/supervisor-state.ts'
export { supervisionTree, type TreeNode } from './supervisor/tree.ts'
export type { CounterStep, Fields } from './table/counter.ts'
export { anything, type Bindings, type Pattern, type Variable, variable } from './table/pattern.ts'
export type { Page, Query } from './table/query.ts'
export { createTable, findTable, type Table, type TableTransfer } from './table/table.ts'
export type { Heir, TableAccess, TableInfo, TableOptions, TableType } from './table/table-options.ts'
export type { TaskBody, TaskOwner } from './task/owner.ts'
export type { TaskOutcome } from './task/running-task.ts'
export { Task, type YieldManyOptions } from './task/task.ts'
export type { Items, StreamOptions, StreamOutcome } from './task/task-stream.ts'
export { TaskSupervisor } from './task/task-supervisor.ts'
export { ThreadMeasured, ThreadStarted, ThreadStopped } from './thread/thread.events.ts'
export type { ThreadMemory, ThreadOptions } from './thread/thread-options.ts'
