import { randomUUID } from 'node:crypto'
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { formatSize, Problem } from '../kernel/index.ts'
import { migrationStatus } from '../storage/index.ts'
import type { Config } from './config.ts'
import { storageOptions } from './storage-options.ts'

/** One finding of `quorate doctor`. */
export interface Check {
  readonly name: string
  readonly state: 'pass' | 'warn' | 'fail'
  readonly message: string
  /** What to do about it, unless it passed. */
  readonly wayOut?: string | undefined
}

/**
 * Looks at what a node needs on this machine. An embedded database that does
 * not run is started for the look and stopped again; nothing is changed.
 */
export async function doctor(config: Config): Promise<readonly Check[]> {
  const folder = await dataFolder(config)
  const rest = await Promise.all([
    diskSpace(config),
    port(config),
    folder.state === 'pass' ? database(config) : [],
  ])
  return [nodeVersion(), folder, ...rest.flat()]
}

const check = (state: Check['state'], name: string, message: string, wayOut?: string): Check => ({
  name,
  state,
  message,
  wayOut,
})

function nodeVersion(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const here = `Node ${process.versions.node} on ${process.platform}-${process.arch}`
  const fits = major > 20 || (major === 20 && minor >= 19)
  return fits ? check('pass', 'node', here) : check('fail', 'node', here, 'Install Node 20.19 or newer.')
}

async function dataFolder({ data_dir: dir }: Config): Promise<Check> {
  const probe = join(dir, `.doctor-${randomUUID()}`)
  try {
    await mkdir(dir, { recursive: true, mode: 0o711 })
    await writeFile(probe, '', { flag: 'wx' })
    await rm(probe)
    return check('pass', 'data folder', `${dir} is writable`)
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error)
    return check(
      'fail',
      'data folder',
      `${dir} is not writable (${why})`,
      'Mend its rights or give another --data-dir.',
    )
  }
}

async function diskSpace({ data_dir: dir, blobs }: Config): Promise<Check> {
  const found = await statfs(dir).catch(() => undefined)
  if (!found)
    return check('warn', 'disk', `${dir} does not exist`, 'Nothing to do: the first start makes it.')
  const free = found.bavail * found.bsize
  const text = `${formatSize(free)} free; uploads stop below ${formatSize(blobs.min_free)}`
  if (free < blobs.min_free) return check('fail', 'disk', text, 'Free some space or lower blobs.min_free.')
  return free < blobs.min_free * 8
    ? check('warn', 'disk', text, 'Free some space soon.')
    : check('pass', 'disk', text)
}

function port({ http }: Config): Promise<Check> {
  const address = `${http.host}:${http.port}`
  return new Promise((done) => {
    const probe = createServer()
    probe.once('error', ({ code }: NodeJS.ErrnoException) => {
      const why = code === 'EADDRINUSE' ? 'is in use, perhaps by a running node' : `cannot be used (${code})`
      done(check('warn', 'port', `${address} ${why}`, 'Stop what uses it, or choose another with --port.'))
    })
    probe.listen(http.port, http.host, () =>
      probe.close(() => done(check('pass', 'port', `${address} is free`))),
    )
  })
}

async function database(config: Config): Promise<readonly Check[]> {
  const kind = config.database.url ? 'PostgreSQL at database.url' : 'embedded PostgreSQL'
  try {
    const { pending } = await migrationStatus(storageOptions(config))
    const answers = check('pass', 'database', `${kind} answers`)
    if (pending.length === 0) return [answers, check('pass', 'schema', 'up to date')]
    const wayOut = 'The next start migrates it, or run: quorate migrate up.'
    return [answers, check('warn', 'schema', `${pending.length} migrations pending`, wayOut)]
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return [check('fail', 'database', error.message, error.wayOut)]
  }
}
