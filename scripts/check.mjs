/**
 * `npm run check`: everything that can be said about the code without running it.
 *
 * Steps run two at a time. Each must show that it looked at enough files: a tool
 * that found nothing to check has not passed. What failed is printed at the end.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../', import.meta.url))

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {readonly string[]} command Run by this Node, from the root.
 * @property {(output: string) => number} seen How much the tool says it looked at.
 * @property {number} atLeast Less than this means that it looked at nothing.
 * @property {string} [needs] Skipped, with a line that says so, while this file is missing.
 */

/** @type {(pattern: RegExp) => (output: string) => number} */
const counted = (pattern) => (output) => Number(pattern.exec(output)?.[1] ?? 0)

/** @param {string} output */
const ownFiles = (output) =>
  output.split('\n').filter((line) => line.startsWith(ROOT) && !line.includes('node_modules')).length

const TSC = 'node_modules/@typescript/native/bin/tsc'

/** @type {readonly Step[]} */
const STEPS = [
  {
    name: 'types',
    command: [TSC, '--noEmit', '-p', 'tsconfig.json', '--listFiles', '--pretty', 'false'],
    seen: ownFiles,
    atLeast: 50,
  },
  {
    name: 'dead code',
    command: ['node_modules/knip/bin/knip.js', '--no-progress', '--performance-fn', 'getImportsAndExports'],
    seen: counted(/getImportsAndExports\s+(\d+)/),
    atLeast: 50,
  },
  {
    name: 'lint',
    command: ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings'],
    seen: counted(/ on (\d+) files/),
    atLeast: 50,
  },
  {
    name: 'page types',
    command: [TSC, '--noEmit', '-p', 'web/tsconfig.json', '--listFiles', '--pretty', 'false'],
    seen: ownFiles,
    atLeast: 5,
    needs: 'web/tsconfig.json',
  },
  {
    name: 'reference',
    command: ['node_modules/typedoc/bin/typedoc', '--emit', 'none', '--logLevel', 'Verbose'],
    seen: counted(/ (\d+) entry points/),
    atLeast: 5,
  },
  {
    name: 'architecture',
    command: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'architecture', '--no-color'],
    seen: counted(/Tests .*?(\d+) passed/),
    atLeast: 80,
  },
  {
    name: 'format',
    command: ['node_modules/@biomejs/biome/bin/biome', 'check', '--colors=off', '.'],
    seen: counted(/Checked (\d+) files/),
    atLeast: 50,
  },
]

/**
 * @param {Step} step
 * @returns {Promise<{ step: Step, problem: string | undefined, output: string }>}
 */
async function take(step) {
  if (step.needs !== undefined && !existsSync(join(ROOT, step.needs))) {
    console.log(`skip  ${step.name}: ${step.needs} does not exist`)
    return { step, problem: undefined, output: '' }
  }
  const startedMs = performance.now()
  const { code, output } = await run(step.command)
  const seen = step.seen(output)
  const tooFew = seen < step.atLeast ? `looked at ${seen}, expected at least ${step.atLeast}` : undefined
  const problem = code === 0 ? tooFew : `exit code ${code}`
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1)
  console.log(`${problem === undefined ? 'ok   ' : 'FAIL '} ${step.name.padEnd(13)} ${seconds.padStart(5)} s`)
  return { step, problem, output }
}

/**
 * @param {readonly string[]} command
 * @returns {Promise<{ code: number | null, output: string }>}
 */
function run(command) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output += text
      })
    }
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
  })
}

/** A compiler that lists its files drowns what it has to say. @param {string} output */
const withoutFileList = (output) =>
  output
    .split('\n')
    .filter((line) => !/^\/\S+\.([cm]?[tj]sx?|json)$/.test(line))
    .join('\n')

const queue = [...STEPS]
/** @type {Awaited<ReturnType<typeof take>>[]} */
const done = []
const takers = Array.from({ length: Math.max(2, availableParallelism()) }, async () => {
  for (let step = queue.shift(); step !== undefined; step = queue.shift()) done.push(await take(step))
})
await Promise.all(takers)

const failed = done.filter(({ problem }) => problem !== undefined)
for (const { step, problem, output } of failed) {
  console.log(`\n--- ${step.name}: ${problem}\n${withoutFileList(output).trim()}`)
}
const outcome = failed.length === 0 ? 'check: all passed' : `check: ${failed.length} of ${done.length} failed`
console.log(`\n${outcome}`)
process.exitCode = failed.length === 0 ? 0 : 1
