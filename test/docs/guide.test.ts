import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { afterAll, expect, test } from 'vitest'
import { ROOT } from '../architecture/tree.ts'

interface Chapter {
  readonly title: string
  readonly code: string
}

/** The examples of each chapter of a guide, as one program. */
function chaptersOf(page: string): readonly Chapter[] {
  return page.split(/^## /m).flatMap((chapter) => {
    const blocks = [...chapter.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code ?? '')
    const title = chapter.split('\n', 1)[0] ?? ''
    return blocks.length === 0 ? [] : { title, code: blocks.join('\n') }
  })
}

// Inside of the tree, so that tools treat the examples as they treat our own code.
const folder = mkdtempSync(join(ROOT, 'node_modules/.guide-'))
const chapters = chaptersOf(readFileSync(join(ROOT, 'docs/guide/otp.md'), 'utf8')).map((chapter, index) => {
  const file = join(folder, `chapter-${index}.ts`)
  const door = (room: string): string => relative(folder, join(ROOT, `src/${room}/index.ts`))
  const code = chapter.code.replaceAll(/'quorate\/(\w+)'/g, (_all, room: string) => `'${door(room)}'`)
  writeFileSync(file, `${code}\nexport {}\n`)
  return { ...chapter, file }
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(chapters)('the examples of "$title" run', async ({ file }) => {
  await import(pathToFileURL(file).href)
})

test('the examples compile as strictly as our own code', { timeout: 120_000 }, () => {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), (path) =>
    readFileSync(path, 'utf8'),
  ) as {
    config: object
  }
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, ROOT)
  const files = chapters.map(({ file }) => file)
  const program = ts.createProgram(files, { ...options, noEmit: true, allowImportingTsExtensions: true })
  const mistakes = files.flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)))
  expect(mistakes.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([])
})
