import { chmod, cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type TestContext, test } from 'vitest'
import { serverAccount } from './postgres-account.ts'
import { bundledPrograms } from './postgres-programs.ts'
import { prepareRuntime } from './postgres-runtime.ts'

/** A copy of the npm package as an install without scripts leaves it, and a folder to prepare in. */
async function setup(t: TestContext, packageMode: number) {
  const bundled = bundledPrograms()
  if (bundled?.native === undefined)
    return t.skip(`npm has no PostgreSQL for ${process.platform} ${process.arch}`)
  const folder = await mkdtemp(join(tmpdir(), 'quorate-runtime-'))
  t.onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const home = join(folder, 'home')
  const copy = join(folder, 'package')
  await mkdir(home, { mode: 0o755 })
  await mkdir(copy, { mode: packageMode })
  await cp(join(bundled.native, '..'), copy, { recursive: true })
  const native = join(copy, 'native')
  return { programs: { native, binDir: join(native, 'bin') }, home, native }
}

test('without install scripts the missing links go beside the data, not into node_modules', async (t) => {
  const { programs, home, native } = await setup(t, 0o755)
  const before = await readdir(native, { recursive: true })
  const runtime = await prepareRuntime(programs, undefined, home)
  expect(runtime).toMatchObject({ binDir: programs.binDir, major: 18 })
  expect((await readdir(join(home, 'lib'))).length).toBeGreaterThan(0)
  expect(await readdir(native, { recursive: true })).toEqual(before)
})

test.runIf(process.getuid?.() === 0)(
  'programs that the server user may not reach are copied once to where it may',
  async (t) => {
    const { programs, home } = await setup(t, 0o700)
    const account = serverAccount()
    expect(account?.uid).toBeGreaterThan(0)
    await chmod(join(home, '..'), 0o711)
    const runtime = await prepareRuntime(programs, account, home)
    expect(runtime.binDir.startsWith(home)).toBe(true)
    expect(await prepareRuntime(programs, account, home)).toEqual(runtime)
  },
)

test('programs that do not run are named, with a way out', async (t) => {
  const { home } = await setup(t, 0o755)
  const missing = { binDir: join(home, 'nothing') }
  await expect(prepareRuntime(missing, undefined, home)).rejects.toMatchObject({
    code: 'embedded_postgres_unusable',
    wayOut: expect.stringContaining('DATABASE_URL'),
  })
})
