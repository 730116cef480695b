export { AgentRegistered, AttemptEnded, AttemptStarted, ServerAway, ServerBack } from './agent.events.ts'
export { type Agent, startAgent } from './agent.ts'
export type { AgentOptions } from './agent-options.ts'
