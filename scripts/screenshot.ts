/**
 * `npx tsx scripts/screenshot.ts` makes `docs/dashboard.png` and
 * `docs/dashboard-dark.png`: pictures of a really running product while two
 * workers build the example. Takes about a minute; needs a Chromium
 * (CHROMIUM_PATH, or the system's) and the npm registry.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const KEY = 'key-of-the-picture-0123456789'
const COMMAND = 'npm ci && npm test && npm pack'
/** The picture is taken when so many builds are done. */
const DONE = 5
const PICTURES = { light: 'dashboard.png', dark: 'dashboard-dark.png' }

const folder = mkdtempSync(join(tmpdir(), 'quorate-picture-'))
const children: ChildProcess[] = []

/** Starts `quorate …` and resolves with the first match of what it says. */
function quorate(args: readonly string[], pattern: RegExp): Promise<RegExpExecArray> {
  const env = { ...process.env, QUORATE_API_KEY: KEY, NO_COLOR: '1' }
  const child = spawn(process.execPath, [join(ROOT, 'bin/quorate.js'), ...args], { cwd: ROOT, env })
  children.push(child)
  return new Promise((found, missed) => {
    let said = ''
    const hear = (chunk: Buffer): void => {
      said += chunk.toString()
      const match = pattern.exec(said)
      if (match) found(match)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('close', (code) => missed(new Error(`quorate ${args[0]} exited (${code}):\n${said}`)))
  })
}

/** A copy of the example under another name; `broken` makes one of its tests fail. */
function project(name: string, { broken }: { readonly broken: boolean }): string {
  const copy = join(folder, name)
  const skip = /node_modules|dist|\.tgz$/
  cpSync(join(ROOT, 'examples/build-a-package'), copy, {
    recursive: true,
    filter: (path) => !skip.test(path.slice(ROOT.length)),
  })
  if (broken) {
    const test =
      "import { test } from 'node:test'\ntest('quotes are doubled', () => { throw new Error('1 !== 2') })\n"
    writeFileSync(join(copy, 'broken.test.js'), test)
  }
  return copy
}

async function photograph(url: string): Promise<void> {
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  })
  const page = await browser.newPage({ viewport: { width: 1200, height: 660 } })
  await page.goto(`${url}/#key=${KEY}`)
  await page
    .locator('.builds .chip-completed')
    .nth(DONE - 1)
    .waitFor({ timeout: 180_000 })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.screenshot({ path: join(ROOT, 'docs', PICTURES[colorScheme]) })
  }
  await browser.close()
}

try {
  const [, url = ''] = await quorate(
    ['start', '--port', '0', '--data-dir', join(folder, 'data')],
    /(http:\/\/127\.0\.0\.1:\d+)/,
  )
  for (const worker of ['mac-mini', 'rack-07']) {
    const place = ['--work-dir', join(folder, `work-${worker}`), '--platform', 'linux', '--name', worker]
    await quorate(['worker', '--url', url, ...place, '--exec', COMMAND, '--artifact', '*.tgz'], /registered/)
  }
  const names = [
    'tidy-csv',
    'checkout',
    'docs-site',
    'tidy-csv',
    'mailer',
    'tidy-csv',
    'checkout',
    'tidy-csv',
    'mailer',
  ]
  for (const [at, name] of names.entries()) {
    const source = project(`${at}/${name}`, { broken: at === 2 })
    await quorate(
      ['build', 'submit', source, '--url', url, '--platform', 'linux', '--name', name],
      /Follow it/,
    )
  }
  await photograph(url)
} finally {
  for (const child of children.filter(({ exitCode }) => exitCode === null)) {
    child.kill('SIGTERM')
    await once(child, 'close')
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
