import { emit } from '../../kernel/index.ts'
import {
  type ChildOptions,
  type ChildSpec,
  defaultRuntime,
  type Runtime,
  type StartOptions,
  Supervisor,
} from '../../otp/index.ts'
import { PipelineStarting } from './pipeline.events.ts'
import { PipelineRef } from './pipeline-ref.ts'
import type { AnyPipeline, PipelineSource } from './pipeline-source.ts'
import { checkPlan, planFor } from './plan.ts'
import { pipelineChildren } from './topology.ts'

/** Where a pipeline runs. */
export interface PipelineStart extends StartOptions {
  readonly name?: string | undefined
}

/** What `definePipeline` makes. */
export interface Pipeline<X> {
  readonly name: string
  startLink(...input: [...Context<X>, options?: PipelineStart]): Promise<PipelineRef>
  child(...input: [...Context<X>, options?: ChildOptions & { readonly name?: string }]): ChildSpec
  /** The running pipeline of that name. */
  at(name?: string, runtime?: Runtime): PipelineRef
}

type Context<X> = unknown extends X
  ? [context?: undefined]
  : undefined extends X
    ? [context?: X]
    : [context: X]

/**
 * Defines a pipeline: producers, processors that handle message by message,
 * batchers, and acknowledgement of every message to where it came from.
 */
export function definePipeline<In, Out, B extends string, X>(
  source: PipelineSource<In, Out, B, X>,
): Pipeline<X> {
  const planned = source as unknown as AnyPipeline
  checkPlan(
    planFor(planned, source.name, undefined, {
      source: undefined as never,
      args: undefined,
      transform: never,
    }),
  )
  const made: Pipeline<unknown> = {
    name: source.name,
    async startLink(context, { name = source.name, ...options } = {}) {
      const supervisor = await Supervisor.startLink(treeOf(planned, name, context), { ...options, name })
      return new PipelineRef(name, supervisor.runtime)
    },
    child(context, { name = source.name, ...options } = {}) {
      return Supervisor.child({ id: name, ...treeOf(planned, name, context), ...options, name })
    },
    at: (name = source.name, runtime = defaultRuntime()) => new PipelineRef(name, runtime),
  }
  return made as Pipeline<X>
}

const never = (): never => {
  throw new Error('a plan that is only checked has no messages')
}

function treeOf(source: AnyPipeline, name: string, context: unknown) {
  const plan = planFor(source, name, context, source.producer.from(context))
  const { producers, processors, batchers, maxRestarts, maxSeconds } = plan
  emit(PipelineStarting, {
    pipeline: name,
    producers: producers.concurrency,
    processors: processors.concurrency,
    batchers: batchers.map((batcher) => batcher.name),
  })
  return { strategy: 'rest_for_one', maxRestarts, maxSeconds, children: pipelineChildren(plan) } as const
}
