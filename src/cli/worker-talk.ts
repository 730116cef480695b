import { AgentRegistered, AttemptEnded, AttemptStarted, ServerAway, ServerBack } from '../agent/index.ts'
import {
  attach,
  detach,
  formatDuration,
  type TelemetryEvent,
  type TelemetryHandler,
} from '../kernel/index.ts'
import { printable } from './format.ts'
import type { Shell } from './shell.ts'

interface Who {
  readonly name: string
  readonly url: string
  readonly platforms: readonly string[]
}

/** Says on standard error what the agent does. Returns silence. */
export function tellAgentEvents({ terminal }: Shell, { name, url, platforms }: Who): () => void {
  const ids: string[] = []
  const on = <M extends object>(event: TelemetryEvent<M>, text: (metadata: M) => string): void => {
    const id = `cli.worker.${event.name}`
    const handler: TelemetryHandler<M> = (_name, metadata) => terminal.talk(printable(text(metadata)))
    attach(id, event, handler)
    ids.push(id)
  }
  on(
    AgentRegistered,
    ({ workerId }) => `Worker "${name}" (${workerId}) registered at ${url} for ${platforms.join(', ')}`,
  )
  on(ServerAway, ({ cause, delayMs }) => `${cause}; trying again, next in ${formatDuration(delayMs)}`)
  on(ServerBack, () => 'The server is back')
  on(AttemptStarted, ({ buildId, attempt }) => `Build ${buildId} started, attempt ${attempt}`)
  on(AttemptEnded, ({ buildId, state, detail }) => `Build ${buildId} ${state}: ${detail.split('\n')[0]}`)
  return () => {
    for (const id of ids) detach(id)
  }
}
