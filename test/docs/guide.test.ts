import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { afterAll, expect, test } from 'vitest'
import { ROOT } from '../architecture/tree.ts'

interface Example {
  readonly page: string
  readonly chapter: string
  readonly code: string
  /** Blocks marked `no-run` need something outside: they are only compiled. */
  readonly runs: boolean
}

/** The examples of a page: of each chapter one program, and each `no-run` block by itself. */
function examplesOf(page: string, text: string): readonly Example[] {
  return text.split(/^## /m).flatMap((part) => {
    const about = { page, chapter: part.split('\n', 1)[0] ?? '' }
    const runnable = blocksOf(part, 'ts')
    const programs = runnable.length === 0 ? [] : [{ ...about, code: runnable.join('\n'), runs: true }]
    return [...programs, ...blocksOf(part, 'ts no-run').map((code) => ({ ...about, code, runs: false }))]
  })
}

function blocksOf(text: string, language: string): readonly string[] {
  const block = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms')
  return [...text.matchAll(block)].map(([, code]) => code ?? '')
}

const GUIDES = join(ROOT, 'docs/guide')
const pages = readdirSync(GUIDES).filter((file) => file.endsWith('.md'))

// Inside of the tree, so that tools treat the examples as they treat our own code.
const folder = mkdtempSync(join(ROOT, 'node_modules/.guide-'))
const examples = pages
  .flatMap((page) => examplesOf(page, readFileSync(join(GUIDES, page), 'utf8')))
  .map((example, index) => {
    const file = join(folder, `example-${index}.ts`)
    const door = (room: string): string => relative(folder, join(ROOT, `src/${room}/index.ts`))
    const code = example.code.replaceAll(/'quorate\/(\w+)'/g, (_all, room: string) => `'${door(room)}'`)
    writeFileSync(file, `${code}\nexport {}\n`)
    return { ...example, file }
  })
const runnable = examples.filter(({ runs }) => runs)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(pages)('%s has examples that run', (page) => {
  expect(runnable.filter((example) => example.page === page)).not.toEqual([])
})

test.each(runnable)('the examples of $page, $chapter, run', async ({ file }) => {
  await import(pathToFileURL(file).href)
})

test('the examples compile as strictly as our own code', { timeout: 120_000 }, () => {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), (path) =>
    readFileSync(path, 'utf8'),
  ) as {
    config: object
  }
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, ROOT)
  const files = examples.map(({ file }) => file)
  const program = ts.createProgram(files, { ...options, noEmit: true, allowImportingTsExtensions: true })
  const mistakes = files.flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)))
  expect(mistakes.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([])
})
