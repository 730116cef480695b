import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { quorate, type Running, scratch } from '../support/processes.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A checkout with the real launcher and build, and a program that answers with one word. */
interface Checkout {
  /** Makes `quorate` answer with this word. */
  answers(word: string): Promise<void>
  write(source: string): Promise<void>
  quorate(...args: readonly string[]): Running
}

async function checkout(): Promise<Checkout> {
  const folder = await scratch()
  for (const name of ['bin', 'scripts', 'package.json', 'tsconfig.base.json', 'tsconfig.build.json']) {
    await cp(join(ROOT, name), join(folder, name), { recursive: true })
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  await mkdir(join(folder, 'src', 'cli'), { recursive: true })
  const write = (source: string): Promise<void> => writeFile(join(folder, 'src/cli/main.ts'), source)
  return {
    write,
    answers: (word) => write(`process.stdout.write('${word}')`),
    quorate: (...args) => quorate(args, { program: join(folder, 'bin/quorate.js') }),
  }
}

test('a checkout is built at its first start and not again while its sources stay the same', async () => {
  const { answers, quorate } = await checkout()
  await answers('one')
  const first = quorate()
  expect(await first.exited).toBe(0)
  expect(first.stdout()).toBe('one')
  expect(first.stderr()).toMatch(/built the server/)

  const second = quorate()
  expect(await second.exited).toBe(0)
  expect(second.stdout()).toBe('one')
  expect(second.stderr()).toBe('')
})

test('a changed source is built before it runs', async () => {
  const { answers, quorate } = await checkout()
  await answers('old')
  await quorate().exited
  await answers('new')
  const run = quorate()
  await run.exited
  expect(run.stdout()).toBe('new')
})

test('two commands started at once build once between them', async () => {
  const { answers, quorate } = await checkout()
  await answers('both')
  const runs = [quorate(), quorate()]
  expect(await Promise.all(runs.map((run) => run.exited))).toEqual([0, 0])
  expect(runs.map((run) => run.stdout())).toEqual(['both', 'both'])
  expect(runs.filter((run) => run.stderr().includes('built the server'))).toHaveLength(1)
})

test('sources that do not compile are not run, and a failed build leaves no trace in the next one', async () => {
  const { answers, write, quorate } = await checkout()
  await answers('good')
  await quorate().exited
  await write("const broken: number = 'text'\nprocess.stdout.write(String(broken))")
  const failed = quorate()
  expect(await failed.exited).toBe(1)
  expect(failed.stdout()).toBe('')
  expect(failed.stderr()).toMatch(/src\/cli\/main\.ts.*TS2322[\s\S]*building the server failed/)

  await answers('good')
  const mended = quorate()
  await mended.exited
  expect(mended.stdout()).toBe('good')
})

test('signals reach the product itself', async () => {
  const { write, quorate } = await checkout()
  await write(`process.once('SIGTERM', () => process.exit(7))
process.stdout.write('ready')
process.stdin.resume()
setInterval(() => {}, 1_000)`)
  const run = quorate()
  await run.says(/ready/)
  run.kill('SIGTERM')
  expect(await run.exited).toBe(7)
})
