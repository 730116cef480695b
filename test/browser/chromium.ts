import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { inject, onTestFinished, type TestContext } from 'vitest'

const SYSTEM = '/usr/bin/chromium'

/** Quiet and without a sandbox, which root and containers do not have. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Starts a Chromium for one test: the one that CHROMIUM_PATH names, else the
 * system's, else the one npm brought (Linux on x64). Without any the test is
 * skipped, or fails when REQUIRE_INFRA=1.
 */
export async function launchChromium(t: TestContext): Promise<Browser> {
  const executablePath = await findChromium().catch((error: unknown) => String(error))
  if (!existsSync(executablePath)) {
    const why = `no Chromium: ${executablePath}; set CHROMIUM_PATH to one`
    if (inject('infraRequired')) throw new Error(why)
    t.skip(why)
  }
  const browser = await chromium.launch({ executablePath, args: FLAGS })
  onTestFinished(() => browser.close())
  return browser
}

async function findChromium(): Promise<string> {
  const named = process.env['CHROMIUM_PATH']
  if (named) return named
  return existsSync(SYSTEM) ? SYSTEM : unpackedChromium()
}

/**
 * Unpacks npm's Chromium. It goes to a fixed name under the temporary folder,
 * so each user needs a folder of their own; and it brings the libraries it
 * needs only to where it believes to be on Lambda.
 */
async function unpackedChromium(): Promise<string> {
  const folder = join(tmpdir(), `quorate-chromium-${userInfo().uid}`)
  await mkdir(folder, { recursive: true })
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  process.env['AWS_EXECUTION_ENV'] ??= 'AWS_Lambda_nodejs22.x'
  try {
    const { default: packaged } = await import('@sparticuz/chromium')
    return await packaged.executablePath()
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
}
