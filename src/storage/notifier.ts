import { Client, escapeIdentifier } from 'pg'
import { type Clock, emit } from '../kernel/index.ts'
import { Connection } from './connection.ts'
import type { Listeners } from './listeners.ts'
import { ListeningLost, ListeningStarted } from './storage.events.ts'
import type { Target } from './target.ts'
import { pause } from './wait.ts'

/** What listening needs. */
export interface NotifierOptions {
  readonly target: Target
  readonly listeners: Listeners
  readonly clock: Clock
}

const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 5_000

/** A peer that vanished without a word is noticed after one of these and one answer limit. */
const KEEPALIVE_MS = 15_000
const ANSWER_MS = 5_000

/** Listens until `signal`, on one connection of its own, connecting again whenever that is lost. */
export async function keepListening(options: NotifierOptions, signal: AbortSignal): Promise<void> {
  const { target, clock } = options
  let failures = 0
  while (!signal.aborted) {
    const heard = await listenOnce(options, signal)
    if (signal.aborted) return
    failures = heard ? 0 : failures + 1
    emit(ListeningLost, { server: target.label, failures })
    await pause(clock, Math.min(FIRST_BACKOFF_MS * 2 ** failures, LONGEST_BACKOFF_MS), signal)
  }
}

/** One connection's life; true when it got as far as listening. */
async function listenOnce(options: NotifierOptions, signal: AbortSignal): Promise<boolean> {
  const { target, listeners } = options
  const client = new Client({
    ...target.config,
    query_timeout: ANSWER_MS,
    application_name: 'quorate listener',
  })
  client.on('error', () => undefined)
  client.on('notification', ({ channel, payload }) => {
    for (const listener of listeners.of(channel)) listener.onMessage(payload ?? '')
  })
  const ended = new Promise<void>((resolve) => client.once('end', resolve))
  const hangUp = (): void => void client.end().catch(() => undefined)
  signal.addEventListener('abort', hangUp)
  try {
    await client.connect()
    await hold(options, new Connection(client, target.label), ended)
    return true
  } catch {
    return false
  } finally {
    signal.removeEventListener('abort', hangUp)
    hangUp()
  }
}

async function hold(options: NotifierOptions, connection: Connection, ended: Promise<void>): Promise<void> {
  const { target, listeners, clock } = options
  const stop = listeners.observe({
    added: (channel, { onGap }) => void listen(connection, channel).then(onGap, () => undefined),
    emptied: (channel) => {
      connection.run({ text: `unlisten ${escapeIdentifier(channel)}` }).catch(() => undefined)
    },
  })
  try {
    await listenToAll(connection, listeners)
    emit(ListeningStarted, { server: target.label, channels: listeners.channels().length })
    await keepAlive(connection, ended, clock)
  } finally {
    stop()
  }
}

async function listenToAll(connection: Connection, listeners: Listeners): Promise<void> {
  for (const channel of listeners.channels()) {
    await listen(connection, channel)
    for (const { onGap } of listeners.of(channel)) onGap()
  }
}

/** Does nothing the second time. */
async function listen(connection: Connection, channel: string): Promise<void> {
  await connection.run({ text: `listen ${escapeIdentifier(channel)}` })
}

/** Resolves when the connection has ended, or does not answer. */
async function keepAlive(connection: Connection, ended: Promise<void>, clock: Clock): Promise<void> {
  const gone = new AbortController()
  void ended.then(() => gone.abort())
  while (!gone.signal.aborted) {
    await pause(clock, KEEPALIVE_MS, gone.signal)
    await connection.run({ text: 'select 1' }).catch(() => gone.abort())
  }
}
