import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { quorate, scratch } from '../support/processes.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)

interface Packed {
  readonly filename: string
  readonly version: string
  readonly files: readonly { readonly path: string }[]
}

let folder: string
/** An empty project of somebody who installed the package. */
let user: string
let packed: Packed
let installTalk: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorate-package-'))
  user = join(folder, 'user')
  packed = await pack()
  installTalk = await install()
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function pack(): Promise<Packed> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT })
  const [first] = JSON.parse(stdout.slice(stdout.indexOf('['))) as readonly Packed[]
  if (first === undefined) throw new Error(`npm pack said nothing of use: ${stdout}`)
  return first
}

/** Runs no install script, as npm will do by itself one day; returns what npm had to say. */
async function install(): Promise<string> {
  await mkdir(user)
  await writeFile(join(user, 'package.json'), '{"name":"user","private":true,"type":"module"}')
  const tarball = join(folder, packed.filename)
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', tarball]
  return (await run('npm', args, { cwd: user })).stderr
}

test('the package holds what runs, and nothing else', () => {
  const paths = packed.files.map(({ path }) => path)
  expect(paths).toContain('README.md')
  expect(paths).toContain('LICENSE')
  expect(paths).toContain('bin/quorate.js')
  expect(paths).toContain('dist/cli/main.js')
  expect(paths).toContain('dist/web/index.html')
  expect(paths.some((path) => path.startsWith('migrations/0001_'))).toBe(true)
  const strangers = /^(src|test|scripts|web|docs)\/|\.(test|contract)\.|\.built-from$/
  expect(paths.filter((path) => strangers.test(path))).toEqual([])
})

test('it installs without scripts and without a warning about engines or peers', () => {
  expect(installTalk).not.toMatch(/EBADENGINE|ERESOLVE|peer dep/)
})

test('its command says its version', async () => {
  const { stdout } = await run('npx', ['--no-install', 'quorate', '--version'], { cwd: user })
  expect(stdout.trim()).toBe(packed.version)
})

test('its command starts a node with its own database and page, and stops at SIGTERM', async () => {
  const program = join(user, 'node_modules', '.bin', 'quorate')
  const data = join(await scratch(), 'data')
  const node = quorate(['start', '--port', '0', '--data-dir', data], { program, cwd: user })
  const [, url = ''] = await node.says(/(http:\/\/127\.0\.0\.1:\d+)/)
  expect((await fetch(`${url}/livez`)).status).toBe(200)
  expect(await (await fetch(url)).text()).toMatch(/<html/)
  node.kill('SIGTERM')
  expect(await node.exited).toBe(0)
})

test('the types behind every public door reach whoever installed it', async () => {
  const pins = await readFile(join(ROOT, 'test/architecture/pins/exports.json'), 'utf8')
  const doors = JSON.parse(pins) as Readonly<Record<string, readonly string[]>>
  // A declaration that does not resolve is silently `any`, so that is what to look for.
  const lines = Object.entries(doors).flatMap(([subpath, names], at) => [
    `import * as door${at} from 'quorate${subpath.slice(1)}'`,
    ...names
      .filter((name) => !name.startsWith('type '))
      .map(
        (name) =>
          `export const ${name}${at}: 0 extends 1 & typeof door${at}.${name} ? 'any' : 'typed' = 'typed'`,
      ),
  ])
  expect(lines.length).toBeGreaterThan(10)
  await writeFile(join(user, 'user.ts'), lines.join('\n'))
  expect(await compile('user.ts')).toBe('')
})

/** Compiles a file of the user's with our compiler; returns its complaints. */
async function compile(file: string): Promise<string> {
  const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')]
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023']
  const tsc = join(ROOT, 'node_modules/@typescript/native/bin/tsc')
  const args = [tsc, ...options, ...types, file]
  return run(process.execPath, args, { cwd: user }).then(
    () => '',
    (failure: unknown) => (failure as { readonly stdout: string }).stdout,
  )
}
