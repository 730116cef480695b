import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Client, ClientError } from '../client/index.ts'
import type { ArtifactView } from '../contract/index.ts'
import { formatSize, Problem } from '../kernel/index.ts'
import { progressBar } from './progress.ts'
import type { Shell } from './shell.ts'

/** What to fetch, for whom. */
export interface DownloadOrder {
  readonly shell: Shell
  readonly client: Client
  readonly id: string
  readonly artifact: ArtifactView
  readonly signal: AbortSignal
  /** Overwrite another file. */
  readonly force: boolean
}

/** What a build left behind. Throws `not_completed` when there is nothing. */
export async function artifactOf(client: Client, id: string): Promise<ArtifactView> {
  const { artifact, state } = await client.builds.get(id)
  if (artifact !== null) return artifact
  throw new Problem('not_completed', `The build ${id} is ${state} and has no artefact`, {
    wayOut:
      state === 'pending' || state === 'building' ? `Wait for it: quorate build logs ${id} -f.` : undefined,
  })
}

/** Writes the artefact to standard output; its checksum is known to be right only at the end. */
export async function streamTo({ shell, client, id, artifact, signal }: DownloadOrder): Promise<void> {
  const hash = createHash('sha256')
  const { content } = await client.builds.download(id, { signal })
  for await (const chunk of content) {
    hash.update(chunk)
    await shell.terminal.bytes(chunk)
  }
  refuseOther(hash.digest('hex'), artifact)
}

/**
 * Writes the artefact to a file, `file` or its own name, and returns the path. What an earlier
 * transfer left is kept and completed; it is named by the checksum, so that contents never mix.
 */
export async function downloadTo(order: DownloadOrder, file: string | undefined): Promise<string> {
  const { shell, artifact } = order
  const path = resolve(shell.cwd, file ?? ownName(order))
  if (await isThere(path, order)) return path
  const part = `${path}.${artifact.sha256.slice(0, 16)}.part`
  await fill(part, order)
  const digest = await sha256Of(part)
  if (digest !== artifact.sha256) await rm(part, { force: true })
  refuseOther(digest, artifact)
  await rename(part, path)
  shell.terminal.talk(`Downloaded ${formatSize(artifact.bytes)}, SHA-256 ${artifact.sha256}.`)
  return path
}

/** The worker named it: a name in this folder, never a way out of it or a hidden file. */
function ownName({ artifact, id }: DownloadOrder): string {
  return basename(artifact.name.replaceAll('\\', '/')).replace(/^\.+/, '') || id
}

async function isThere(path: string, { artifact, force, shell }: DownloadOrder): Promise<boolean> {
  if ((await sizeOf(path)) === undefined) return false
  if ((await sha256Of(path)) === artifact.sha256) {
    shell.terminal.talk('It is here already.')
    return true
  }
  if (force) return false
  throw new Problem('file_exists', `${path} exists and is another file`, {
    field: '--output',
    wayOut: 'Give --force to overwrite it, or another name with -o.',
  })
}

async function fill(part: string, { shell, client, id, artifact, signal }: DownloadOrder): Promise<void> {
  const from = await sizeOf(part)
  if (from !== undefined && from >= artifact.bytes) return
  const bar = progressBar(shell.terminal, 'Downloading')
  const transfer = await client.builds.download(id, { from, sha256: artifact.sha256, signal })
  let done = transfer.from
  const counted = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      done += chunk.length
      bar.update(done, artifact.bytes)
      yield chunk
    }
  }
  try {
    const file = createWriteStream(part, { flags: transfer.from > 0 ? 'a' : 'w' })
    await pipeline(transfer.content, counted, file, { signal })
  } catch (cause) {
    signal.throwIfAborted()
    if ((cause as NodeJS.ErrnoException).syscall !== undefined) throw cause
    throw brokeOff(cause)
  } finally {
    bar.end()
  }
}

const brokeOff = (cause: unknown): ClientError =>
  new ClientError('The transfer broke off', {
    status: 0,
    code: 'server_unreachable',
    wayOut: 'Run the same command again: it goes on where it stopped.',
    cause,
  })

function refuseOther(digest: string, { sha256 }: ArtifactView): void {
  if (digest === sha256) return
  throw new Problem('checksum_mismatch', `What arrived has SHA-256 ${digest} instead of ${sha256}`, {
    wayOut: 'Try again.',
  })
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  )
}
