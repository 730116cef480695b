import type { Context, Dest, Runtime } from '../context.ts'
import { defineServer } from './define-server.ts'
import type {
  CastHandlers,
  ClientInput,
  Eventually,
  InfoResult,
  ReplyOf,
  Server,
  ServerRef,
  ServerSource,
  StateOf,
} from './definition.ts'
import type { Later, NoReply, Reply, Stop } from './results.ts'
import { Ref as AnyRef, openFacades } from './server-ref.ts'
import { runtimeFor } from './start.ts'

/** What a client may ask of a server: a method for each call and cast, with one argument at most. */
type Methods = object

/**
 * A contract without an implementation, which clients can import as a type alone:
 * `interface Counting { args: number; calls: { add(n: number): number }; casts: { inc(by?: number): void } }`.
 */
export interface Protocol {
  /** What the server is started with; nothing when left out. */
  readonly args?: unknown
  readonly calls?: Methods
  readonly casts?: Methods
}

type ArgsOf<P> = P extends { readonly args: infer A } ? A : undefined
type CallsOf<P> = P extends { readonly calls: infer C } ? C : Record<never, never>
type CastsOf<P> = P extends { readonly casts: infer K } ? K : Record<never, never>

/** The argument of a method; a second parameter has no place in a message. */
type ArgumentOf<M> = M extends (...input: infer I) => unknown
  ? I extends readonly []
    ? undefined
    : I extends readonly [(infer A)?]
      ? A
      : never
  : never
type AnswerOf<M> = M extends (...input: never) => infer R ? R : never

/** As a handler is written: whatever it returns beside a reply is as in `defineServer`. */
type CallHandler<S, M> = (
  state: S,
  argument: ArgumentOf<M>,
  ctx: Context,
) => Eventually<
  | Reply<AnswerOf<M>, S>
  | (NoReply<S> & { readonly promised?: never })
  | Later<AnswerOf<M>, S>
  | Stop<S, AnswerOf<M>>
>
type CallsFor<P, S> = { readonly [N in keyof CallsOf<P>]: CallHandler<S, CallsOf<P>[N]> }
type CastsFor<P, S> = {
  readonly [N in keyof CastsOf<P>]: (
    state: S,
    argument: ArgumentOf<CastsOf<P>[N]>,
    ctx: Context,
  ) => Eventually<InfoResult<S>>
}

/** The same as `CallsFor`, for clients: the state is nobody's business. */
type CallShapes<P> = {
  readonly [N in keyof CallsOf<P>]: (
    state: never,
    ...input: Parameters<Extract<CallsOf<P>[N], (...input: never) => unknown>>
  ) => Reply<AnswerOf<CallsOf<P>[N]>, unknown>
}
type CastShapes<P> = {
  readonly [N in keyof CastsOf<P>]: (
    state: never,
    ...input: Parameters<Extract<CastsOf<P>[N], (...input: never) => unknown>>
  ) => NoReply<unknown>
}

/** The contract of a definition: `ProtocolOf<typeof Counter>`. */
export type ProtocolOf<D> =
  D extends Server<infer A, infer C, infer K, unknown>
    ? {
        readonly args: A
        readonly calls: { readonly [N in keyof C]: (...input: ClientInput<C[N], []>) => ReplyOf<C[N]> }
        readonly casts: { readonly [N in keyof K]: (...input: ClientInput<K[N], []>) => void }
      }
    : never

/** A reference of which only the contract is known; what `startLink` and `at` give fits it. */
export type Ref<P extends Protocol> = ServerRef<CallShapes<P>, CastShapes<P>>

/** The source of a server that keeps a contract. */
type Implementation<P, I> = Omit<
  ServerSource<ArgsOf<P>, I, CallsFor<P, StateOf<I>>, CastsFor<P, StateOf<I>>>,
  'calls' | 'casts'
> &
  (keyof CallsOf<P> extends never ? object : { readonly calls: CallsFor<P, StateOf<I>> }) &
  (keyof CastsOf<P> extends never ? object : { readonly casts: CastsFor<P, StateOf<I>> })

/** A server that keeps a contract. */
export type ServerOf<P extends Protocol> = Server<ArgsOf<P>, CallShapes<P>, CastShapes<P>>

/**
 * Defines a server from its contract: `implement<Counting>()({ ... })`. Each handler is
 * checked against the contract; none may be missing and none be added. In two steps,
 * as TypeScript cannot be told one type parameter and infer another.
 */
export function implement<P extends Protocol>(): <I>(source: Implementation<P, I>) => ServerOf<P> {
  return <I>(source: Implementation<P, I>) =>
    defineServer(
      source as unknown as ServerSource<unknown, unknown, Record<string, never>, CastHandlers<unknown>>,
    ) as unknown as ServerOf<P>
}

/**
 * A reference to whoever is behind `dest`, for callers that know the contract and do
 * not load the code behind it. A method outside of the contract ends the server, as
 * an unknown call does.
 */
export function refTo<P extends Protocol>(dest: Dest, runtime?: Runtime): Ref<P> {
  return new AnyRef(runtimeFor(runtime), dest, openFacades) as unknown as Ref<P>
}
