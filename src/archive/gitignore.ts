import { access, readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { globMatcher } from './glob.ts'
import type { Filter } from './walk.ts'

/** Never packed: what git keeps for itself, and what a package manager fetches again. */
const ALWAYS_IGNORED: ReadonlySet<string> = new Set(['.git', 'node_modules'])

interface Rule {
  readonly ignores: boolean
  readonly directoriesOnly: boolean
  /** The path is relative to the repository's top. */
  matches(path: string): boolean
}

/**
 * A filter that leaves out what git would ignore below `root`, and always
 * `.git` and `node_modules`.
 *
 * Nested ignore files count, and so do those of the folders above `root` up to
 * the repository's top. A file inside an ignored folder cannot be re-included,
 * as in git. Files that git already tracks get no special treatment; global and
 * per-clone exclude files are not read. Source: gitignore(5), compared with
 * `git check-ignore` in the tests.
 */
export async function gitIgnoreFilter(root: string): Promise<Filter> {
  const folders = await foldersAbove(resolve(root))
  const top = folders[0] ?? resolve(root)
  let rules: readonly Rule[] = []
  for (const folder of folders) rules = [...rules, ...(await rulesIn(folder, posix(relative(top, folder))))]
  return filterOf(resolve(root), posix(relative(top, resolve(root))), rules)
}

function filterOf(root: string, prefix: string, rules: readonly Rule[]): Filter {
  return {
    keeps(path, kind) {
      if (ALWAYS_IGNORED.has(path.slice(path.lastIndexOf('/') + 1))) return false
      const full = inside(prefix, path)
      const rule = rules.findLast((it) => (kind === 'directory' || !it.directoriesOnly) && it.matches(full))
      return rule === undefined || !rule.ignores
    },
    async within(directory) {
      const own = await rulesIn(join(root, directory), inside(prefix, directory))
      return own.length === 0 ? this : filterOf(root, prefix, [...rules, ...own])
    },
  }
}

/** From the repository's top down to the folder above `root`; none outside a repository. */
async function foldersAbove(root: string): Promise<readonly string[]> {
  const folders: string[] = []
  for (let folder = root; ; folder = dirname(folder)) {
    if (await exists(join(folder, '.git'))) return folders
    const parent = dirname(folder)
    if (parent === folder) return []
    folders.unshift(parent)
  }
}

async function rulesIn(folder: string, base: string): Promise<readonly Rule[]> {
  const text = await readText(join(folder, '.gitignore'))
  return text === undefined
    ? []
    : text
        .replace(/^\uFEFF/, '')
        .split('\n')
        .flatMap((line) => ruleFrom(line.replace(/\r$/, ''), base))
}

function ruleFrom(line: string, base: string): readonly Rule[] {
  if (line.startsWith('#')) return []
  const trimmed = withoutTrailingSpaces(line)
  const negated = trimmed.startsWith('!')
  const written = negated ? trimmed.slice(1) : trimmed
  const directoriesOnly = written.endsWith('/')
  const pattern = directoriesOnly ? written.slice(0, -1) : written
  if (pattern === '') return []
  return [{ ignores: !negated, directoriesOnly, matches: matcherFor(pattern, base) }]
}

/** A pattern with a slash is bound to its file's folder; one without matches at any depth below. */
function matcherFor(pattern: string, base: string): Rule['matches'] {
  const test = globMatcher(pattern.startsWith('/') ? pattern.slice(1) : pattern)
  const prefix = base === '' ? '' : `${base}/`
  const bound = pattern.includes('/')
  return (path) =>
    path.startsWith(prefix) && test(path.slice(bound ? prefix.length : path.lastIndexOf('/') + 1))
}

/** A trailing space counts only behind a backslash. */
function withoutTrailingSpaces(line: string): string {
  let end = line.length
  while (line[end - 1] === ' ' && !endsEscaped(line, end - 1)) end -= 1
  return line.slice(0, end)
}

function endsEscaped(line: string, end: number): boolean {
  const slashes = /\\*$/.exec(line.slice(0, end))?.[0].length ?? 0
  return slashes % 2 === 1
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw cause
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

const inside = (folder: string, path: string): string =>
  [folder, path].filter((part) => part !== '').join('/')
const posix = (path: string): string => path.split(sep).join('/')

function isMissing(cause: unknown): boolean {
  const code = (cause as NodeJS.ErrnoException).code
  return code === 'ENOENT' || code === 'EISDIR'
}
