import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { scratch } from '../support/processes.ts'
import { startServer } from '../support/server.ts'
import { reaches, submitFiles } from '../support/submission.ts'
import { startWorker } from '../support/worker.ts'
import { launchChromium } from './chromium.ts'
import { openDashboard } from './dashboard-page.ts'

/** The row of a build on the overview, once it is in this state. */
const rowIn = (page: Page, id: string, state: string) =>
  page.getByRole('row', { name: new RegExp(`${state}.*${id}`) })
/** The line that is this text, and no line that quotes it. */
const logLine = (page: Page, text: string) => page.locator('.line-text', { hasText: new RegExp(`^${text}$`) })

test('a build goes through its states before the eyes of its owner, and its log grows', async (t) => {
  const [browser, server] = await Promise.all([launchChromium(t), startServer()])
  const { page, complaints } = await openDashboard(browser, server)
  expect(new URL(page.url()).hash).toBe('')
  await page.getByText('Nothing built yet').waitFor()
  await page.getByText(`quorate worker --url ${server.url}`).waitFor()

  const { id } = await submitFiles(server.client, { 'a.txt': 'made here' })
  await rowIn(page, id, 'pending').waitFor()

  // The command says a word, then stands still until the test has seen it.
  const gate = join(await scratch(), 'gate')
  execFileSync('mkfifo', ['-m', '666', gate])
  await startWorker(server, {
    command: `echo first words; cat ${gate}; cp a.txt out.txt`,
    artifact: 'out.txt',
  })
  await rowIn(page, id, 'building').waitFor()
  await page.getByRole('link', { name: id }).click()
  await logLine(page, 'first words').waitFor()
  expect(await logLine(page, 'last words').count()).toBe(0)

  await writeFile(gate, '\u001b[32mlast words\u001b[0m\n')
  await logLine(page, 'last words').waitFor()
  expect(await page.locator('.ansi-green', { hasText: 'last words' }).count()).toBe(1)
  await page.getByText('Completed').waitFor()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: /^Download/ }).click(),
  ])
  expect(download.suggestedFilename()).toBe('out.txt')
  expect(complaints).toEqual([])
})

test('a process killed from the page comes back before the eyes of the killer', async (t) => {
  const [browser, server] = await Promise.all([launchChromium(t), startServer()])
  const { page, complaints } = await openDashboard(browser, server)
  await page.getByRole('link', { name: 'Processes' }).click()
  const row = page.getByRole('row', { name: /heartbeat/ })
  const pid = row.getByRole('cell', { name: /^<\d+\.\d+\.\d+>$/ })
  const before = await pid.textContent()

  await row.hover()
  await row.getByRole('button', { name: /^Kill/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Kill this process' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page
    .getByRole('listitem')
    .filter({ hasText: `${before} →` })
    .waitFor()
  await row.getByText(before ?? '', { exact: true }).waitFor({ state: 'detached' })
  expect(await pid.textContent()).not.toBe(before)
  expect(await row.locator('.badge').textContent()).toBe('1')

  // Its own news come from a process of the tree, too: the page must outlive that one.
  const hub = page.getByRole('row', { name: /live-hub/ })
  await hub.hover()
  await hub.getByRole('button', { name: /^Kill/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Kill this process' }).click()
  await hub.locator('.badge', { hasText: '1' }).waitFor()
  await page.getByRole('listitem').filter({ hasText: 'live-hub' }).waitFor()
  expect(complaints).toEqual([])
})

test('a process is looked into: what it holds, what it does, and who comes back in its place', async (t) => {
  const [browser, server] = await Promise.all([launchChromium(t), startServer()])
  const { page, complaints } = await openDashboard(browser, server)
  await page.getByRole('link', { name: 'Processes' }).click()
  await page.getByRole('link', { name: 'By mailbox' }).click()
  await page.getByRole('row', { name: /storage\.pool/ }).waitFor()
  await page.getByLabel('Filter by name').fill('DASHBOARD.l')
  await page.getByRole('row', { name: /storage\.pool/ }).waitFor({ state: 'detached' })
  expect(new URL(page.url()).search).toBe('?filter=DASHBOARD.l')
  await page.getByRole('link', { name: 'dashboard.live' }).click()

  const state = page.getByRole('region', { name: 'State' })
  await state.getByText('readers:').waitFor()
  const trace = page.getByRole('region', { name: 'Trace' })
  await trace.getByRole('button', { name: 'Trace messages' }).click()
  await trace.getByText('"pulse"').first().waitFor()

  const before = page.url()
  await page.getByRole('button', { name: 'Kill' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Kill this process' }).click()
  await trace.getByText('killed').waitFor()
  const [, heir = ''] =
    /It came back as (<.*>)\./.exec((await page.getByText(/It came back as/).textContent()) ?? '') ?? []
  await page.getByRole('link', { name: heir }).click()
  await page.getByText(heir, { exact: true }).waitFor()
  await state.getByText('readers:').waitFor()
  expect(page.url()).not.toBe(before)
  // That it is not found any more is how the page hears that it has ended.
  expect(complaints.filter((complaint) => !complaint.includes('404'))).toEqual([])
})

test('a cancelled build says so, after a question', async (t) => {
  const [browser, server] = await Promise.all([launchChromium(t), startServer()])
  const { page } = await openDashboard(browser, server)
  const { id } = await submitFiles(server.client, { 'a.txt': 'not wanted' })
  await page.getByRole('link', { name: id }).click()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Keep it' }).click()
  expect((await server.client.builds.get(id)).state).toBe('pending')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Cancel the build' }).click()
  await page.getByText('Cancelled').waitFor()
  expect((await server.client.builds.get(id)).state).toBe('cancelled')
})

test('a page that lost its server says so and goes on when it is back', async (t) => {
  const [browser, server] = await Promise.all([launchChromium(t), startServer()])
  const { page } = await openDashboard(browser, server)
  await page.getByText('Nothing built yet').waitFor()
  server.kill('SIGKILL')
  await server.exited
  await page.getByText('reconnecting').waitFor()
  const { port } = new URL(server.url)
  const again = await startServer({ dataDir: server.dataDir, args: ['--port', port] })
  await page.getByText('reconnecting').waitFor({ state: 'detached' })
  const { id } = await submitFiles(again.client, { 'a.txt': 'after the break' })
  await rowIn(page, id, 'pending').waitFor()
})

const looks = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 390 },
] as const

test('every page is accessible and fits, in light on a desk and in dark in a hand', async (t) => {
  const [browser, server] = await Promise.all([launchChromium(t), startServer()])
  const done = await submitFiles(server.client, { 'a.txt': 'x' })
  await startWorker(server, { command: 'echo hello; cp a.txt out.txt', artifact: 'out.txt' })
  await reaches(server.client, done.id, 'completed')
  const [hub] = (await server.client.node.processes({ filter: 'dashboard.live' })).processes
  for (const look of looks) {
    const { page, complaints, audit } = await openDashboard(browser, server, look)
    const shows = {
      '/': rowIn(page, done.id, 'completed'),
      [`/builds/${done.id}`]: logLine(page, 'hello'),
      '/workers': page.getByRole('link', { name: 'worker', exact: true }),
      '/tree': page.getByRole('row', { name: /live-hub/ }),
      '/processes': page.getByRole('row', { name: /dashboard\.live/ }),
      [`/processes/${hub?.pid.slice(1, -1)}`]: page.getByText('readers:'),
    }
    for (const [path, shown] of Object.entries(shows)) {
      await page.goto(server.url + path)
      await shown.waitFor()
      const seen = `${path} ${look.theme} ${look.width}`
      expect({ seen, breaches: await audit() }).toEqual({ seen, breaches: [] })
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
      expect({ seen, overflow }).toEqual({ seen, overflow: 0 })
    }
    expect(complaints).toEqual([])
    await page.close()
  }
})
