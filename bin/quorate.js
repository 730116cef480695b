#!/usr/bin/env node
/**
 * The `quorate` command: checks Node, builds a checkout whose sources changed,
 * and becomes the product. No child process: signals reach it directly.
 */
import { existsSync } from 'node:fs'

const OLDEST_NODE = [20, 19]

const here = (/** @type {string} */ path) => new URL(`../${path}`, import.meta.url)

if (isTooOld(process.versions.node)) {
  stop(`Node ${process.versions.node} is too old; install Node ${OLDEST_NODE.join('.')} or newer`)
}
if (existsSync(here('src/cli/main.ts'))) await buildCheckout()
await import(here('dist/cli/main.js').href)

/** In a git checkout the sources are the truth; an installed package has none. */
async function buildCheckout() {
  const { build, isStale } = await import('../scripts/build.mjs')
  if (!isStale()) return
  if (existsSync(here('node_modules/@typescript/native/bin/tsc'))) {
    const { problem } = await build()
    if (problem !== undefined) stop(problem)
  } else if (!existsSync(here('dist/cli/main.js'))) {
    stop('not built, and the compiler is not installed; run npm install (with development dependencies)')
  } else {
    process.stderr.write('quorate: sources are newer than the build, and the compiler is not installed\n')
  }
}

/** @param {string} version */
function isTooOld(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor)
}

/**
 * @param {string} message
 * @returns {never}
 */
function stop(message) {
  process.stderr.write(`quorate: ${message}\n`)
  process.exit(1)
}
