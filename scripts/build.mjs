/**
 * `npm run build`: compiles `src` to `dist` and the page in `web` to `dist/web`.
 *
 * A stamp beside each result holds the hash of what it was made from, so a build
 * of unchanged sources costs some milliseconds. Builds exclude each other by a
 * lock file, because a server and a worker may be started at the same moment.
 * Everything it says goes to stderr: stdout belongs to the command being run.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, relative, sep } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const DIST = join(ROOT, 'dist')
const CACHE = join(ROOT, 'node_modules', '.cache')
const LOCK = join(CACHE, 'quorate-build.lock')
const POLL_MS = 100

/**
 * @typedef {object} Target
 * @property {string} name
 * @property {readonly string[]} from Files and folders that decide the result.
 * @property {string} stamp Where the hash of the last result is kept.
 * @property {readonly string[]} command Run by this Node, from the root.
 * @property {string} needs Without this file there is nothing to build.
 */

/** @type {readonly Target[]} */
const TARGETS = [
  {
    name: 'server',
    from: ['src', 'tsconfig.base.json', 'tsconfig.build.json', 'package.json'],
    stamp: join(DIST, '.built-from'),
    command: ['node_modules/@typescript/native/bin/tsc', '-p', 'tsconfig.build.json'],
    needs: 'src/cli/main.ts',
  },
  {
    name: 'page',
    from: ['web', 'src/client', 'src/contract', 'src/kernel', 'package.json'],
    stamp: join(DIST, 'web', '.built-from'),
    command: [
      'node_modules/vite/bin/vite.js',
      'build',
      '--config',
      'web/vite.config.ts',
      '--logLevel',
      'warn',
    ],
    needs: 'web/index.html',
  },
]

/** True when a checkout lies here and its build is missing or older than its sources. */
export function isStale() {
  return TARGETS.some((target) => existsSync(join(ROOT, target.needs)) && !isFresh(target))
}

/**
 * Builds what is stale.
 * @returns {Promise<{ built: number, problem?: string }>} How many targets were built, and what stopped it.
 */
export async function build() {
  const release = await lock()
  try {
    const stale = TARGETS.filter((target) => !isFresh(target))
    const missing = stale.filter((target) => !existsSync(join(ROOT, target.needs)))
    for (const { name, needs } of missing) say(`no ${name} to build: ${needs} does not exist`)
    return await makeAll(stale.filter((target) => !missing.includes(target)))
  } finally {
    release()
  }
}

/** @param {readonly Target[]} targets */
async function makeAll(targets) {
  let built = 0
  for (const target of targets) {
    const code = await make(target)
    if (code !== 0)
      return { built, problem: `building the ${target.name} failed, see above (exit code ${code})` }
    built += 1
  }
  return { built }
}

/** @param {Target} target */
async function make(target) {
  const startedMs = performance.now()
  say(`building the ${target.name} ...`)
  const hash = sourceHash(target)
  // A failed build leaves files behind: they must not pass for the result of the last good one.
  rmSync(target.stamp, { force: true })
  const code = await run(target.command)
  if (code !== 0) return code
  if (target.name === 'server') removeOrphans()
  mkdirSync(join(target.stamp, '..'), { recursive: true })
  writeFileSync(target.stamp, hash)
  say(`built the ${target.name} in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`)
  return 0
}

/** @param {Target} target */
function isFresh(target) {
  return existsSync(target.stamp) && readFileSync(target.stamp, 'utf8') === sourceHash(target)
}

/** @param {Target} target */
function sourceHash(target) {
  const hash = createHash('sha256')
  for (const path of target.from.flatMap((name) => filesUnder(join(ROOT, name))).sort()) {
    if (!isTest(path))
      hash
        .update(`${relative(ROOT, path)}\0`)
        .update(readFileSync(path))
        .update('\0')
  }
  return hash.digest('hex')
}

/** @param {string} path */
const isTest = (path) => /\.(test|test-d|contract)\.tsx?$/.test(path)

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesUnder(path) {
  if (!existsSync(path)) return []
  if (statSync(path).isFile()) return [path]
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.name === 'node_modules' ? [] : filesUnder(join(path, entry.name)),
  )
}

/** Removes compiled files whose source is gone, so that nothing old is shipped or imported. */
function removeOrphans() {
  for (const path of filesUnder(DIST)) {
    const name = relative(DIST, path).split(sep).join('/')
    const source = join(ROOT, 'src', name.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts'))
    const ours = /(\.d\.ts|\.js)(\.map)?$/.test(name) && !name.startsWith('web/')
    if (ours && (isTest(source) || !existsSync(source))) rmSync(path)
  }
}

/**
 * Runs a program of this project with this Node; what it prints goes to stderr.
 * @param {readonly string[]} command
 * @returns {Promise<number | null>}
 */
function run(command) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, { cwd: ROOT, stdio: ['ignore', 2, 2] })
    child.once('error', reject)
    child.once('exit', resolve)
  })
}

/** Waits until no other build runs; returns the release. A lock of a dead process is void. */
async function lock() {
  mkdirSync(CACHE, { recursive: true })
  while (!tryLock()) await sleep(POLL_MS)
  return () => rmSync(LOCK, { force: true })
}

function tryLock() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
    if (!holderLives()) rmSync(LOCK, { force: true })
    return false
  }
}

function holderLives() {
  try {
    const pid = Number(readFileSync(LOCK, 'utf8'))
    return pid === 0 || process.kill(pid, 0)
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
  }
}

/** @param {string} text */
const say = (text) => process.stderr.write(`quorate: ${text}\n`)

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { built, problem } = await build()
  if (problem !== undefined) say(problem)
  else if (built === 0) say('the build is up to date')
  process.exitCode = problem === undefined ? 0 : 1
}
