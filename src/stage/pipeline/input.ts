import type { Produces, Stage } from '../definition.ts'
import type { RoleSource } from '../stage.server.ts'
import { Message } from './message.ts'

/** Where the messages of a pipeline come from. */
export interface PipelineInput<D> {
  readonly source: RoleSource
  readonly args: unknown
  readonly transform: (event: never) => Message<D>
}

/** What a producer's events carry: messages as they are, anything else wrapped. */
export type DataOf<E> = E extends Message<infer D> ? D : E

type AnyProducer<A, E> = Stage<A, unknown, unknown, Produces<E>>

/**
 * Makes any producer stage the source of a pipeline. Events that are no messages
 * become some by `transform`; without it nobody hears what became of them.
 */
export function messagesFrom<A, E>(stage: AnyProducer<A, E>, args: A): PipelineInput<DataOf<E>>
export function messagesFrom<A, E, D>(
  stage: AnyProducer<A, E>,
  args: A,
  transform: (event: E) => Message<D>,
): PipelineInput<D>
export function messagesFrom(
  stage: AnyProducer<unknown, unknown>,
  args: unknown,
  transform: (event: unknown) => Message = (event) => (event instanceof Message ? event : new Message(event)),
): PipelineInput<unknown> {
  return { source: stage.source as RoleSource, args, transform }
}
