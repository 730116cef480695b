import { createReadStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { everything, gitIgnoreFilter, packDirectory } from '../archive/index.ts'
import { Problem } from '../kernel/index.ts'
import { progressBar } from './progress.ts'
import type { Shell } from './shell.ts'

/** A source ready to be sent. */
export interface Source {
  /** Name of the folder or archive, without `.zip`. */
  readonly name: string
  readonly bytes: number
  /** How many were packed; unknown for an archive taken as it is. */
  readonly files: number | undefined
  open(): AsyncIterable<Uint8Array>
  /** Removes the packed copy. */
  remove(): Promise<void>
}

/** How a folder is packed. */
export interface PackFlags {
  /** Ignored files, `.git` and `node_modules` too. */
  readonly all: boolean
  readonly signal: AbortSignal
}

/** Packs a folder into a temporary zip; a file is taken as it is. Throws `invalid_usage`, leaving nothing. */
export async function packSource(shell: Shell, given: string, flags: PackFlags): Promise<Source> {
  const path = resolve(shell.cwd, given)
  const info = await stat(path).catch(() => undefined)
  if (info?.isFile()) return { ...fileAt(path, info.size), files: undefined, remove: async () => undefined }
  if (info?.isDirectory()) return packFolder(shell, path, flags)
  throw new Problem('invalid_usage', `There is no folder ${path}`, {
    field: 'dir',
    wayOut: 'Give the folder of the project to build.',
  })
}

async function packFolder(shell: Shell, path: string, { all, signal }: PackFlags): Promise<Source> {
  const temporary = await mkdtemp(join(tmpdir(), 'quorate-submit-'))
  const remove = (): Promise<void> => rm(temporary, { recursive: true, force: true })
  try {
    return { ...(await packInto(temporary, shell, path, all, signal)), name: basename(path), remove }
  } catch (cause) {
    await remove()
    throw cause
  }
}

async function packInto(temporary: string, shell: Shell, path: string, all: boolean, signal: AbortSignal) {
  const archive = join(temporary, 'source.zip')
  const bar = progressBar(shell.terminal, 'Packing  ')
  const filter = all ? everything : await gitIgnoreFilter(path)
  const { files, bytes, leftOut } = await packDirectory(path, archive, {
    filter,
    onProgress: bar.update,
    signal,
  })
  bar.end()
  if (files === 0) throw nothingToPack(path)
  for (const link of leftOut)
    shell.terminal.talk(`Left out ${link}: a link out of the folder or to a folder.`)
  return { ...fileAt(archive, bytes), files }
}

function fileAt(path: string, bytes: number) {
  const open = async function* (): AsyncGenerator<Uint8Array> {
    yield* createReadStream(path) as AsyncIterable<Uint8Array>
  }
  return { name: basename(path, '.zip'), bytes, open }
}

const nothingToPack = (path: string): Problem =>
  new Problem('invalid_usage', `Nothing to pack in ${path}: every file is ignored or there is none`, {
    field: 'dir',
    wayOut: 'Check .gitignore, or give --all.',
  })
