import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { type Filter, type Found, walk } from './walk.ts'
import { writeZip, type ZipSource } from './zip-writer.ts'

/** How a folder is packed. */
export interface PackOptions {
  readonly filter: Filter
  /** Told after each piece that was read. */
  readonly onProgress?: ((bytesRead: number, bytesTotal: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** What came of it. */
export interface PackedDirectory {
  readonly files: number
  /** Size of the archive. */
  readonly bytes: number
  /** Links that lead out of the folder, to another folder or nowhere: not packed. */
  readonly leftOut: readonly string[]
}

interface PackedFile {
  readonly path: string
  readonly bytes: number
  readonly executable: boolean
}

/**
 * Packs the files of a folder into a new, deflated, deterministic zip archive.
 *
 * A link to a file inside the folder is packed as that file. Other links are left out and
 * named in the reply. Rejects as `writeZip` does, leaving no file behind.
 */
export async function packDirectory(
  root: string,
  archive: string,
  options: PackOptions,
): Promise<PackedDirectory> {
  const { files, leftOut } = await filesToPack(root, options.filter)
  const progress = progressOf(files, options.onProgress)
  const sources = files.map((file) => sourceOf(root, file, progress))
  const { bytes } = await writeZip(archive, sources, { compress: true, signal: options.signal })
  return { files: files.length, bytes, leftOut }
}

async function filesToPack(
  root: string,
  filter: Filter,
): Promise<{ readonly files: readonly PackedFile[]; readonly leftOut: readonly string[] }> {
  const files: PackedFile[] = []
  const leftOut: string[] = []
  const top = await realpath(root)
  for await (const found of walk(root, filter)) {
    const file = await inspect(root, top, found)
    if (file === undefined) leftOut.push(found.path)
    else files.push(file)
  }
  return { files, leftOut }
}

/** Nothing for a link that cannot be packed. */
async function inspect(root: string, top: string, { path, kind }: Found): Promise<PackedFile | undefined> {
  const full = join(root, path)
  if (kind === 'link') {
    const target = await realpath(full).catch(() => undefined)
    if (target === undefined || !target.startsWith(top + sep)) return undefined
  }
  const info = await stat(full)
  return info.isFile() ? { path, bytes: info.size, executable: (info.mode & 0o100) !== 0 } : undefined
}

function progressOf(
  files: readonly PackedFile[],
  onProgress: PackOptions['onProgress'],
): (bytes: number) => void {
  const total = files.reduce((sum, file) => sum + file.bytes, 0)
  let read = 0
  return (bytes) => {
    read += bytes
    onProgress?.(read, total)
  }
}

function sourceOf(
  root: string,
  { path, executable }: PackedFile,
  progress: (bytes: number) => void,
): ZipSource {
  return {
    name: path,
    executable,
    async *open() {
      for await (const chunk of createReadStream(join(root, path))) {
        progress((chunk as Uint8Array).length)
        yield chunk as Uint8Array
      }
    },
  }
}
