import type { Pid } from '../otp/index.ts'

/** The other end of a subscription; `ref` names the subscription on both sides. */
export interface Peer {
  readonly pid: Pid
  readonly ref: string
}

/** Events on their way to one consumer. */
export interface Send<E> {
  readonly ref: string
  readonly events: readonly E[]
}

/** What a dispatcher decides. */
export interface Step<E, S> {
  readonly state: S
  /** Events to be asked of the producer, beyond what it was asked before. */
  readonly demand: number
  readonly sends: readonly Send<E>[]
  /** Events of a dispatch that nobody has asked for; the stage buffers them. */
  readonly rest: readonly E[]
  /** Demand that consumers get back because their selector left events out. */
  readonly asks: readonly { readonly ref: string; readonly count: number }[]
  /** Ordered messages whose turn has come. */
  readonly infos: readonly unknown[]
  /** Something the operator should know; nothing is changed by it. */
  readonly warning?: string | undefined
}

/** A subscription that the dispatcher turns down; the consumer sees it cancelled for that reason. */
export interface Refusal {
  readonly refused: string
}

/**
 * Decides who gets which events: pure, state in and state out.
 *
 * A dispatcher never sends more to a consumer than it asked for, and never asks
 * the producer for more than its consumers asked.
 */
export interface Dispatcher<E, S = unknown> {
  readonly initial: S
  /** Throws for options that make no sense to it, which ends the producer. */
  subscribe(state: S, consumer: Peer, options: object): Step<E, S> | Refusal
  cancel(state: S, ref: string): Step<E, S>
  ask(state: S, ref: string, count: number): Step<E, S>
  dispatch(state: S, events: readonly E[]): Step<E, S>
  /** How many events would find a taker now. */
  capacity(state: S): number
  /** A message to be handled by the producer after everything dispatched so far. */
  info(state: S, message: unknown): Step<E, S>
}

/** A dispatcher of any events and state, as options carry it. */
export type AnyDispatcher = Dispatcher<unknown>

const NONE: readonly never[] = []

/** A step that does nothing but what is said. One shape for all steps: they are made per batch. */
export function step<E, S>(
  state: S,
  {
    demand = 0,
    sends = NONE,
    rest = NONE,
    asks = NONE,
    infos = NONE,
    warning,
  }: Partial<Omit<Step<E, S>, 'state'>> = {},
): Step<E, S> {
  return { state, demand, sends, rest, asks, infos, warning }
}
