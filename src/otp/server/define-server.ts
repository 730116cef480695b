import type { Dest, Runtime } from '../context.ts'
import { ProcessId } from '../process.ts'
import type { ChildOptions, ChildSpec } from '../supervisor/child-spec.ts'
import { type Callbacks, type Handler, handlers, rememberCallbacks } from './callbacks.ts'
import type {
  CallHandlers,
  CastHandlers,
  Server,
  ServerRef,
  ServerSource,
  StartOptions,
  StateOf,
} from './definition.ts'
import { checkedMailbox } from './limits.ts'
import { facades, Ref } from './server-ref.ts'
import { runtimeFor, StartError, startServer } from './start.ts'

/**
 * Defines a server. State, arguments and replies are inferred from the handlers;
 * each handler is `(state, argument, ctx)`, plain or async, and returns a decision
 * (`reply`, `noreply`, `stop`, `later`). A throw ends the process.
 */
export function defineServer<A, I, C extends CallHandlers<StateOf<I>>, K extends CastHandlers<StateOf<I>>>(
  source: ServerSource<A, I, C, K>,
): Server<A, C, K, { readonly calls: C; readonly casts: K }> {
  const callbacks = forgetTypes(source)
  const clients = facades(callbacks.calls, callbacks.casts)
  const at = (dest: Dest, runtime?: Runtime): ServerRef<C, K> => {
    const host = dest instanceof ProcessId ? dest.host : runtimeFor(runtime)
    return new Ref(host, dest, clients) as Ref & ServerRef<C, K>
  }
  const begin = async (args: unknown, options: StartOptions = {}, linked: boolean) => {
    const outcome = await startServer(callbacks, args, options, linked)
    if (outcome.status === 'started') return at(outcome.pid)
    throw new StartError(source.name, outcome)
  }
  const made = {
    name: source.name,
    handlers: { calls: source.calls, casts: source.casts },
    startLink: (args: unknown, options?: StartOptions) => begin(args, options, true),
    start: (args: unknown, options?: StartOptions) => begin(args, options, false),
    child: (args: unknown, options?: ChildOptions) => childSpec(callbacks, args, options),
    at,
  }
  rememberCallbacks(made, callbacks)
  return made as unknown as Server<A, C, K, { readonly calls: C; readonly casts: K }>
}

function childSpec(callbacks: Callbacks, args: unknown, options: ChildOptions = {}): ChildSpec {
  const {
    id = callbacks.name,
    name,
    restart = 'permanent',
    shutdown = 5_000,
    significant = false,
    backoff,
    thread,
  } = options
  return {
    id,
    start: (place) => startServer(callbacks, args, { ...place, name, thread }, true),
    restart,
    shutdown,
    type: 'worker',
    significant,
    backoff,
  }
}

function forgetTypes<A, I, C, K>(source: ServerSource<A, I, C, K>): Callbacks {
  const { info } = source
  return {
    name: source.name,
    init: source.init as Callbacks['init'],
    start: source.start as Callbacks['start'],
    calls: handlers(source.calls as object | undefined),
    casts: handlers(source.casts as object | undefined),
    info: typeof info === 'function' ? (info as Handler) : handlers(info),
    continues: handlers(source.continues),
    terminate: source.terminate as Callbacks['terminate'],
    formatStatus: source.formatStatus as Callbacks['formatStatus'],
    codeChange: source.codeChange as Callbacks['codeChange'],
    restore: source.restore as Callbacks['restore'],
    mailbox: source.mailbox && checkedMailbox(source.mailbox),
    stateLimit: source.stateLimit as Callbacks['stateLimit'],
  }
}
