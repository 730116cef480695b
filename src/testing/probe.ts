import { inspect, isDeepStrictEqual } from 'node:util'
import type { Pid, ProcessContext, Runtime } from '../otp/index.ts'
import { settle } from './settle.ts'

/** A process that a test acts through, and that keeps what it is sent. */
export interface Probe {
  readonly pid: Pid
  readonly ctx: ProcessContext
  /** Everything received and not yet taken by `assertReceive`, oldest first. */
  readonly messages: readonly unknown[]
}

/** What a message must be: a predicate, or values that must be found in it, however deep. */
export type Expected = ((message: unknown) => boolean) | object | string | number | bigint | boolean | null

/** How long to wait for a message, by the runtime's clock. */
export interface ReceiveLimit {
  /** 100 by default. A virtual clock stands still: only what is on its way counts. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 100

interface Inbox {
  readonly runtime: Runtime
  readonly messages: unknown[]
  arrived: (() => void) | undefined
}

const inboxes = new WeakMap<Probe, Inbox>()

/** Starts a probe; with `trap` it traps exits. */
export async function startProbe(
  runtime: Runtime,
  options: { readonly trap?: boolean } = {},
): Promise<Probe> {
  const inbox: Inbox = { runtime, messages: [], arrived: undefined }
  const ctx = await new Promise<ProcessContext>((started) => {
    runtime.spawn(async function probe(own) {
      own.trapExit(options.trap ?? false)
      started(own)
      for (;;) {
        inbox.messages.push(await own.receive())
        inbox.arrived?.()
      }
    })
  })
  // The probe must wait in `receive` before anybody looks at what it got.
  await settle()
  const probe = { pid: ctx.self, ctx, messages: inbox.messages }
  inboxes.set(probe, inbox)
  return probe
}

/** Takes the oldest message that is as `expected`, now or within the time limit; throws when none comes. */
export async function assertReceive<M = unknown>(
  probe: Probe,
  expected: Expected,
  options: ReceiveLimit = {},
): Promise<M> {
  const found = await waitFor(probe, expected, options)
  if (found) return found.message as M
  throw new Error(`no such message arrived; the mailbox holds ${listing(probe)}`)
}

/** Throws when a message as `expected` is there, or arrives within the time limit. */
export async function refuteReceive(
  probe: Probe,
  expected: Expected,
  options: ReceiveLimit = {},
): Promise<void> {
  if (await waitFor(probe, expected, options)) throw new Error('a message arrived that should not have')
}

async function waitFor(
  probe: Probe,
  expected: Expected,
  { timeoutMs = TIMEOUT_MS }: ReceiveLimit,
): Promise<{ readonly message: unknown } | undefined> {
  const inbox = inboxes.get(probe)
  if (!inbox) throw new Error('this probe was not made by startProbe')
  await settle()
  let over = false
  const wake = (): void => inbox.arrived?.()
  const timer = inbox.runtime.clock.after(timeoutMs, () => {
    over = true
    wake()
  })
  try {
    for (let found = take(inbox, expected); ; found = take(inbox, expected)) {
      if (found || over || standsStill(inbox.runtime)) return found
      await new Promise<void>((resolve) => {
        inbox.arrived = resolve
      })
    }
  } finally {
    inbox.arrived = undefined
    timer.cancel()
  }
}

/** Nothing comes any more while time stands still and everything has settled. */
function standsStill({ clock }: Runtime): boolean {
  return 'advance' in clock
}

function take(inbox: Inbox, expected: Expected): { readonly message: unknown } | undefined {
  const index = inbox.messages.findIndex((message) => matches(message, expected))
  return index < 0 ? undefined : { message: inbox.messages.splice(index, 1)[0] }
}

function matches(actual: unknown, expected: unknown): boolean {
  if (typeof expected === 'function') return Boolean((expected as (message: unknown) => boolean)(actual))
  if (!isPlain(expected) || typeof actual !== 'object' || actual === null) {
    return actual === expected || isDeepStrictEqual(actual, expected)
  }
  return Object.entries(expected).every(([field, value]) =>
    matches((actual as Readonly<Record<string, unknown>>)[field], value),
  )
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/** A line for each message, without what it refers to. */
function listing({ messages }: Probe): string {
  if (messages.length === 0) return 'nothing'
  return messages
    .map((message) => inspect(message, { depth: 1, breakLength: Number.POSITIVE_INFINITY }))
    .join('\n')
}
