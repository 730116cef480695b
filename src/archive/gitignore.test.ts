import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { gitIgnoreFilter } from './gitignore.ts'
import { walk } from './walk.ts'

const made: string[] = []
afterAll(() => {
  for (const directory of made) rmSync(directory, { recursive: true })
})

type Files = Readonly<Record<string, string>>

function repository(files: Files): string {
  const directory = mkdtempSync(join(tmpdir(), 'quorate-ignore-'))
  made.push(directory)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  git(directory, 'init', '--quiet')
  return directory
}

/** The machine's own git configuration must not decide what is ignored. */
function git(directory: string, ...args: string[]): string {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
  return execFileSync('git', args, { cwd: directory, encoding: 'utf8', env })
}

const keptByGit = (directory: string): string[] =>
  git(directory, '-c', 'core.quotePath=off', 'ls-files', '-z', '--others', '--exclude-standard')
    .split('\0')
    .filter((path) => path !== '')
    .sort()

async function keptByUs(directory: string): Promise<string[]> {
  const paths: string[] = []
  for await (const { path } of walk(directory, await gitIgnoreFilter(directory))) paths.push(path)
  return paths.sort()
}

const TREE = [
  'a.log',
  'b.txt',
  '#hash',
  '!bang',
  'trail ',
  'tab\t',
  'dist/x.js',
  'dist/keep/y.js',
  'src/dist/z.js',
  'src/a.log',
  'src/deep/er/a.log',
  'src/deep/b.txt',
  'doc/frotz/x',
  'x/doc/frotz/y',
  'build',
  'sub/build/q',
  'foo/bar/baz/q',
  'Foo/q',
  'a[1].txt',
  'a1.txt',
  'ä.txt',
  '.env',
  '.env.example',
  'star*name',
  'back\\slash',
]

const treeWith = (ignores: Files): Files => ({
  ...Object.fromEntries(TREE.map((path) => [path, path])),
  ...ignores,
})

test.each<[string, Files]>([
  ['any depth', { '.gitignore': '*.log\ndist' }],
  ['folders only', { '.gitignore': 'build/\ndist/' }],
  ['bound to the top', { '.gitignore': '/dist\n/*.log' }],
  ['bound by an inner slash', { '.gitignore': 'doc/frotz\nsrc/*.log' }],
  ['re-included', { '.gitignore': '*.log\n!a.log\n/dist/*\n!/dist/keep' }],
  ['not re-included below an ignored folder', { '.gitignore': 'dist/\n!dist/keep/y.js' }],
  ['nested files win', { '.gitignore': '*.log\n*.txt', 'src/.gitignore': '!a.log\n!b.txt\n/deep/er' }],
  ['double stars', { '.gitignore': '**/frotz\nfoo/**/baz\nsrc/**' }],
  ['stars in a word', { '.gitignore': 'b**t\ns**c' }],
  ['comments, escapes and spaces', { '.gitignore': '# x\n\\#hash\n\\!bang\ntrail\\ \nb.txt   \n' }],
  ['brackets and question marks', { '.gitignore': 'a[0-9].txt\n?.log\n[!a-z]oo' }],
  ['escaped brackets and stars', { '.gitignore': 'a\\[1\\].txt\nstar\\*name' }],
  ['line ends of Windows and a byte order mark', { '.gitignore': '\uFEFF*.log\r\ndist\r\n' }],
  ['dot files', { '.gitignore': '.env*\n!.env.example\n.*' }],
  ['only a slash, blank lines, a bare star', { '.gitignore': '/\n\n!\n', 'src/.gitignore': '*\n!deep/\n' }],
])('keeps what git keeps: %s', async (_title, ignores) => {
  const directory = repository(treeWith(ignores))
  expect(await keptByUs(directory)).toEqual(keptByGit(directory))
})

const word = fc.constantFrom('a', 'b', '*', '?', '**', '[ab]', '[!a]', 'a*', '*b', 'ab', 'c')
const line = fc
  .tuple(
    fc.constantFrom('', '', '!', '/'),
    fc.array(word, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', '/'),
  )
  .map(([start, words, end]) => `${start}${words.join('/')}${end}`)

test('keeps what git keeps, whatever the rules say', async () => {
  const paths = ['a', 'b', 'ab', 'c'].flatMap((top) =>
    ['a/a', 'a/b', 'b/ab/c', 'c', 'ab/a'].map((rest) => `${top}/${rest}`),
  )
  const directory = repository(Object.fromEntries([...paths, 'b.b', 'aa', 'd/bb'].map((path) => [path, ''])))
  const rules = fc.array(line, { maxLength: 6 }).map((lines) => lines.join('\n'))
  await fc.assert(
    fc.asyncProperty(rules, rules, async (top, nested) => {
      writeFileSync(join(directory, '.gitignore'), top)
      writeFileSync(join(directory, 'a/.gitignore'), nested)
      expect(await keptByUs(directory)).toEqual(keptByGit(directory))
    }),
    { numRuns: 150 },
  )
}, 60_000)

test('rules above the packed folder count, up to the top of the repository', async () => {
  const directory = repository(treeWith({ '.gitignore': '*.log\n/src/deep\n', 'package/dist/x': '' }))
  expect(await keptByUs(join(directory, 'src'))).toEqual(['dist/z.js'])
})

test('.git and node_modules stay out even where no rule says so', async () => {
  const directory = repository({ 'node_modules/m/index.js': '', 'p/node_modules/n': '', 'p/a': '' })
  expect(await keptByUs(directory)).toEqual(['p/a'])
})
