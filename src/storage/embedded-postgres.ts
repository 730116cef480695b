import { mkdir } from 'node:fs/promises'
import { type Clock, Problem } from '../kernel/index.ts'
import { openHome, type PostgresHome, UNFINISHED } from './postgres-home.ts'
import { findPrograms } from './postgres-programs.ts'
import {
  disarmPidFile,
  logTail,
  type Postmaster,
  runningPostmaster,
  startPostmaster,
  stopPostmaster,
} from './postmaster.ts'
import { enter } from './presence.ts'
import { sweepRunFolders } from './run-folder.ts'
import { embeddedTarget, embeddedUrl, type Target } from './target.ts'
import { pause } from './wait.ts'

/** How to run an embedded server. */
export interface EmbeddedOptions {
  readonly dataDir: string
  readonly clock: Clock
  readonly postgresBinDir?: string | undefined
  readonly postgresSettings?: Readonly<Record<string, string>> | undefined
}

/** A running server that this node uses, perhaps beside others. */
export interface EmbeddedServer {
  readonly target: Target
  /** For other programs, such as psql; holds the password. */
  readonly url: string
  /** Where it lives: its data, its log. */
  readonly folder: string
  /** False when it ran already: after a crash of ours, or for another node. */
  readonly started: boolean
  /** Resolves when the server is gone (or threw us out). */
  readonly lost: Promise<void>
  /** Gives it up; whoever is the last to do so stops it, and waits until it is down. */
  leave(): Promise<void>
  /** Gives it up and lets it run: the next start finds it. */
  abandon(): void
}

/** Recovery after a crash can take a while; the server is given up after this. */
const START_MS = 60_000
const LOOK_MS = 25

/**
 * Joins the server of `dataDir`: the running one, or one started now. PostgreSQL
 * itself makes sure that of two nodes starting at once only one server stays.
 */
export async function joinEmbedded(options: EmbeddedOptions, signal?: AbortSignal): Promise<EmbeddedServer> {
  const { clock } = options
  const home = await prepareHome(options)
  const deadline = clock.monotonicMs() + START_MS
  let started = false
  while (clock.monotonicMs() < deadline && signal?.aborted !== true) {
    const running = runningPostmaster(home)
    if (running === undefined) {
      started = await startUntilReady(home, options, deadline)
      continue
    }
    const server = await serverAt(running, home, started, clock)
    if (server !== undefined) return server
    await pause(clock, LOOK_MS, signal)
  }
  throw notStarted(home, signal?.aborted ? 'start was called off' : `not ready within ${START_MS} ms`)
}

/** The running server, once it lets us in. */
async function serverAt(
  { host, port }: Postmaster,
  home: PostgresHome,
  started: boolean,
  clock: Clock,
): Promise<EmbeddedServer | undefined> {
  if (host === undefined) return undefined
  const address = { host, port, password: home.password }
  const target = embeddedTarget(address)
  const presence = await enter(target)
  if (presence === undefined) return undefined
  return {
    target,
    url: embeddedUrl(address),
    folder: home.folder,
    started,
    lost: presence.lost,
    async leave() {
      if (await presence.isLast()) await stopPostmaster(home, clock)
      await presence.close()
    },
    abandon: () => void presence.close(),
  }
}

async function prepareHome(options: EmbeddedOptions): Promise<PostgresHome> {
  const { dataDir, clock, postgresSettings } = options
  try {
    await mkdir(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
    await sweepRunFolders(dataDir, UNFINISHED, clock.nowMs())
    const flags = postgresSettings?.['fsync'] === 'off' ? ['--no-sync'] : []
    return await openHome(dataDir, findPrograms(options.postgresBinDir), flags)
  } catch (error) {
    throw folderProblem(error, dataDir)
  }
}

/** Starts a server and waits until it has written where it listens, or ended. */
async function startUntilReady(
  home: PostgresHome,
  options: EmbeddedOptions,
  deadline: number,
): Promise<boolean> {
  const { clock, postgresSettings } = options
  disarmPidFile(home)
  const { exited } = await startPostmaster(home, postgresSettings ?? {})
  let ended = false
  exited.then(
    () => (ended = true),
    () => (ended = true),
  )
  while (!ended && clock.monotonicMs() < deadline) {
    if (runningPostmaster(home)?.host !== undefined) return true
    await pause(clock, LOOK_MS)
  }
  if (!isTakenByAnother(logTail(home))) throw notStarted(home, 'it ended at once')
  await pause(clock, LOOK_MS)
  return false
}

/** Another node was faster, or processes of a killed server have not all gone yet. */
function isTakenByAnother(log: string): boolean {
  return /lock file|shared memory block|Address already in use/.test(log)
}

function notStarted(home: PostgresHome, why: string): Problem {
  const log = logTail(home)
  const full = /No space left/.test(log)
  return new Problem(
    full ? 'disk_full' : 'embedded_start_failed',
    `PostgreSQL did not start: ${why}: ${log}`,
    {
      field: 'dataDir',
      wayOut: full ? 'Free space on that disk.' : `Read ${home.folder}/postgres.log, or set DATABASE_URL.`,
    },
  )
}

function folderProblem(error: unknown, dataDir: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOSPC') {
    return new Problem('disk_full', `no space left for ${dataDir}`, { wayOut: 'Free space on that disk.' })
  }
  if (!['EACCES', 'EROFS', 'ENOTDIR', 'EEXIST', 'EPERM'].includes(code)) return error
  return new Problem('data_dir_unwritable', `cannot write to the data directory ${dataDir} (${code})`, {
    field: 'dataDir',
    wayOut: 'Choose another with --data-dir, or give this user the right to write there.',
    cause: error,
  })
}
