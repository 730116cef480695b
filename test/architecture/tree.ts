import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Import } from './facts/imports.ts'
import { type Facts, factsOf } from './facts.ts'

/** The repository as the rules see it: path from the root, with `/`, to text. */
export type Tree = ReadonlyMap<string, string>

/** The root of this checkout. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const FOLDERS = ['src', 'web', 'test', 'bench', 'examples', 'scripts', 'migrations', 'bin', 'docs']
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', 'dist', '.quorate', 'fixtures', 'coverage'])
const READ = /\.(ts|tsx|mts|js|mjs|sql|md|json)$/

/** Reads what the rules look at, once. */
export function readTree(root: string = ROOT): Tree {
  const top = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isFile() && (READ.test(entry.name) || entry.name === '.npmrc'))
    .map((entry) => entry.name)
  const paths = [...top, ...FOLDERS.flatMap((folder) => filesUnder(root, folder))]
  return new Map(paths.map((path) => [path, readFileSync(posix.join(root, path), 'utf8')]))
}

function filesUnder(root: string, folder: string): readonly string[] {
  return entriesOf(posix.join(root, folder)).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : filesUnder(root, path)
    return READ.test(entry.name) ? [path] : []
  })
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** A copy of the tree with some files written, or removed where the text is `undefined`. */
export function plant(tree: Tree, files: Readonly<Record<string, string | undefined>>): Tree {
  const copy = new Map(tree)
  for (const [path, text] of Object.entries(files)) {
    if (text === undefined) copy.delete(path)
    else copy.set(path, text)
  }
  return copy
}

/** A source file with its facts. */
export interface Source extends Facts {
  readonly path: string
}

/** Every TypeScript file below one of the folders, `examples` aside: those hold foreign projects. */
export function sourcesIn(tree: Tree, ...folders: readonly string[]): readonly Source[] {
  return [...tree].flatMap(([path, text]) => {
    const wanted = /\.tsx?$/.test(path) && folders.some((folder) => path.startsWith(`${folder}/`))
    return wanted ? [{ path, ...factsOf(path, text) }] : []
  })
}

/** The file an import points at, or `undefined` for a package. */
export function targetOf(path: string, { specifier }: Pick<Import, 'specifier'>): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined
}

/** `src/otp/exit.ts` lives in `otp`; anything outside `src` has no room. */
export function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1]
}

/** Rooms that have at least one file. */
export function roomsIn(tree: Tree): readonly string[] {
  return [...new Set([...tree.keys()].flatMap((path) => roomOf(path) ?? []))].sort()
}

/** Files that run in tests only: tests, contract suites, type tests. */
export const isTest = (path: string): boolean => /\.(test|test-d|contract)\.tsx?$/.test(path)
