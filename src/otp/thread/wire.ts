import type { CallError } from '../call-request.ts'
import type { ExitReason } from '../exit.ts'
import type { Legacy } from '../supervisor/estate.ts'

/**
 * What the two sides of a thread say to each other. One `postMessage` carries a
 * burst: a flat array, as V8 copies that fastest, of a head and of entries of
 * five slots each. Signals and messages share the one port, which keeps their order.
 */
export type Batch = unknown[]

/** What an entry is; its slots are op, number, text, value and party. */
export const Op = {
  // To the thread.
  start: 1,
  stop: 2,
  /** A process outside has ended. */
  gone: 3,
  // From the thread.
  started: 10,
  ignored: 11,
  failed: 12,
  ended: 13,
  trap: 14,
  /** Asks to be told of the end of a process. */
  watch: 15,
  report: 16,
  memory: 17,
  // Both ways.
  call: 20,
  cast: 21,
  info: 22,
  exit: 23,
  reply: 24,
  refusal: 25,
} as const

/** Added to an op whose value must be decoded. */
export const CODED = 32

export const SLOTS = 5

/** Head of a batch: messages received so far, waiting in the mailbox, handled. */
export const HEAD = 3

/** A process as it is named to the other side: its serial number, or a registered name. */
export type Party = number | string | undefined

/** Why a call was not answered. */
export interface Refused {
  readonly kind: CallError['kind']
  readonly reason: ExitReason
}

/** What a server says of its end. */
export interface Ended {
  readonly reason: ExitReason
  /** What it leaves to its next life. */
  readonly left: { readonly state: unknown } | undefined
}

/** What a server begins with. */
export interface Beginning {
  readonly args: unknown
  readonly legacy: Legacy | undefined
  readonly name: string | undefined
}

/** What a thread needs to know before it can listen. */
export interface Boot {
  /** Serial number of the process that stands for the server outside. */
  readonly serial: number
  readonly module: string
  readonly export: string
  /** The definition's name, to recognise a wrong export. */
  readonly definition: string
  readonly memoryEveryMs: number
}
