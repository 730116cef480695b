import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { ADMIN_KEY, type Server } from '../support/server.ts'

/** How the page is looked at. */
export interface Look {
  readonly theme?: 'light' | 'dark'
  readonly width?: number
}

/** A dashboard in a browser, and everything it did wrong so far. */
export interface Dashboard {
  readonly page: Page
  readonly complaints: readonly string[]
  /** Breaches of the accessibility rules on what is shown now. */
  audit(): Promise<readonly string[]>
}

/** Opens the dashboard by the link with a key in it. */
export async function openDashboard(browser: Browser, server: Server, look: Look = {}): Promise<Dashboard> {
  const { theme = 'light', width = 1280 } = look
  const page = await browser.newPage({
    colorScheme: theme,
    viewport: { width, height: 900 },
    reducedMotion: 'reduce',
  })
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`))
  // A breach of the page's policy is an error of the console, too.
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`)
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url)) complaints.push(`asked elsewhere: ${request.url()}`)
  })
  await page.goto(`${server.url}/#key=${ADMIN_KEY}`)
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
  return { page, complaints, audit: () => audit(page) }
}

const AUDIT = `axe.run().then(({ violations }) =>
  violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`

/** The rules come in by the debugger, since the page's policy keeps foreign scripts out. */
async function audit(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  return page.evaluate<readonly string[]>(AUDIT)
}
