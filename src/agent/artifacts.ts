import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { everything, type Filter, globMatcher, walk, writeZip } from '../archive/index.ts'
import { err, ok, type Result } from '../kernel/index.ts'

/** The one file that a build hands in. */
export interface Artifact {
  /** What it is called for people. */
  readonly name: string
  readonly bytes: number
  /** Reads it, as often as it must be sent. */
  open(): AsyncIterable<Uint8Array>
}

/** Folders full of other people's files; searched only by a pattern that names them. */
const RARELY_MEANT: readonly string[] = ['node_modules', '.git']

/**
 * Finds what a build made: the one file that matches, or all of them in one stored,
 * deterministic zip, written to `bundle`. Links are never followed or handed in.
 */
export async function collectArtifacts(
  directory: string,
  patterns: readonly string[],
  bundle: string,
): Promise<Result<Artifact, 'no_artifact'>> {
  const found = await matching(directory, patterns)
  const [first] = found
  if (first === undefined) {
    return err('no_artifact', `No file matches ${patterns.map((pattern) => `"${pattern}"`).join(' or ')}`)
  }
  if (found.length === 1) return ok(await described(join(directory, first), basename(first)))
  const sources = found.map((path) => ({
    name: path,
    executable: false,
    open: () => contentOf(join(directory, path)),
  }))
  await writeZip(bundle, sources, { compress: false })
  return ok(await described(bundle, 'artifacts.zip'))
}

async function matching(directory: string, patterns: readonly string[]): Promise<readonly string[]> {
  const tests = patterns.map((pattern) => globMatcher(pattern.replace(/^\.?\//, '')))
  const found: string[] = []
  for await (const { path, kind } of walk(directory, meant(patterns))) {
    if (kind === 'file' && tests.some((test) => test(path))) found.push(path)
  }
  return found
}

function meant(patterns: readonly string[]): Filter {
  const skipped = RARELY_MEANT.filter((name) => !patterns.some((pattern) => pattern.includes(name)))
  const filter: Filter = {
    ...everything,
    keeps: (path) => !skipped.includes(basename(path)),
    within: () => filter,
  }
  return filter
}

async function described(path: string, name: string): Promise<Artifact> {
  return { name, bytes: (await stat(path)).size, open: () => contentOf(path) }
}

/** Opens the file when the first chunk is asked for, so that what is never sent holds nothing open. */
async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path) as AsyncIterable<Uint8Array>
}
