import { Stop } from '../otp/index.ts'
import type { Cancelled, Subscribing } from './definition.ts'
import { andThen, type Eventually } from './eventually.ts'
import { Subscribed } from './results.ts'
import { Halt, type Outcome, type StageCore } from './stage-core.ts'

/** Asks the stage's own code how it takes a subscription. */
export function subscribed(
  stage: StageCore,
  subscribing: Subscribing,
): Eventually<Subscribed<unknown>['mode'] | Halt> {
  const { handleSubscribe } = stage.source
  if (!handleSubscribe) return 'automatic'
  return andThen<unknown, Subscribed<unknown>['mode'] | Halt>(
    handleSubscribe(stage.user, subscribing, stage.ctx),
    (answer) => {
      if (!(answer instanceof Subscribed))
        return answer instanceof Stop ? halted(stage, answer as Stop<unknown>) : new Halt(answer)
      stage.user = answer.state
      return subscribing.role === 'consumer' && answer.mode === 'manual' ? new Halt(answer) : answer.mode
    },
  )
}

/** Tells the stage's own code that a subscription is over. */
export function cancelled(stage: StageCore, cancelled: Cancelled): Outcome {
  const { handleCancel } = stage.source
  if (!handleCancel) return undefined
  return andThen(handleCancel(stage.user, cancelled, stage.ctx), (result) => stage.take(result))
}

const halted = (stage: StageCore, answer: Stop<unknown>): Halt => stage.take(answer) ?? new Halt(answer)
