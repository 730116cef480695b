import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type TestContext, test } from 'vitest'
import { testServer } from '../../test/support/index.ts'
import { pageRoutes } from './page.routes.ts'

async function setup(t: TestContext, { built }: { readonly built: boolean }) {
  const folder = await mkdtemp(join(tmpdir(), 'quorate-page-'))
  t.onTestFinished(() => rm(folder, { recursive: true, force: true }))
  if (built) {
    await mkdir(join(folder, 'assets'))
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>Quorate</title>')
    await writeFile(join(folder, 'theme.js'), '// theme')
    await writeFile(join(folder, 'assets', 'index-abc123.js'), '// page')
  }
  await writeFile(join(folder, 'secret.txt'), 'secret')
  return testServer(t, { routes: [pageRoutes(folder)] })
}

test('every address of the page gets the page, without a key and under a strict policy', async (t) => {
  const { ask } = await setup(t, { built: true })
  for (const path of ['/', '/builds/abc', '/workers', '/tree?x=1'] as const) {
    const reply = await ask(`GET ${path}`, { key: '' })
    expect(reply.statusCode).toBe(200)
    expect(reply.body).toContain('<title>Quorate</title>')
    expect(reply.headers['cache-control']).toBe('no-cache')
    expect(reply.headers['content-security-policy']).toMatch(/^default-src 'self'(;|$)/)
  }
})

test('files with a hash in their name are kept for good, others are asked for again', async (t) => {
  const { ask } = await setup(t, { built: true })
  const asset = await ask('GET /assets/index-abc123.js')
  expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable')
  expect(asset.headers['content-type']).toContain('javascript')
  expect((await ask('GET /theme.js')).headers['cache-control']).toBe('no-cache')
})

test('nothing but the built page can be fetched', async (t) => {
  const { ask } = await setup(t, { built: true })
  const paths = [
    '/assets/missing.js',
    '/assets/../secret.txt',
    '/assets/%2e%2e/secret.txt',
    '/secret.txt',
  ] as const
  for (const path of paths) {
    const reply = await ask(`GET ${path}`)
    expect(reply.statusCode).toBeGreaterThanOrEqual(400)
    expect(reply.statusCode).toBeLessThan(500)
    expect(reply.json()).toMatchObject({ code: expect.any(String) })
    expect(reply.body).not.toBe('secret')
  }
})

test('a page that is not built says how to build it', async (t) => {
  const { ask } = await setup(t, { built: false })
  const reply = await ask('GET /tree', { key: '' })
  expect(reply.statusCode).toBe(503)
  expect(reply.body).toContain('npm run build')
})
