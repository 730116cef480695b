import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT, readTree } from '../architecture/tree.ts'

/** So many statements the page makes of each; one may be added, none may go. */
const STATEMENTS = {
  process: 13,
  server: 25,
  supervisor: 14,
  dynamic: 6,
  task: 5,
  agent: 1,
  registry: 6,
  pubsub: 1,
  table: 4,
  telemetry: 1,
  application: 1,
}

const rows = readFileSync(join(ROOT, 'docs/reference/otp-semantics.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const row = /^\| ([a-z]+) (\d+) \| .* \| (.*) \|$/.exec(line)
    return row ? { area: row[1] ?? '', number: Number(row[2]), tests: row[3] ?? '' } : []
  })

/** The titles of all tests in the rooms that the page is about, with quotes unescaped. */
const titles = new Set(
  [...readTree()]
    .filter(([path]) => /^src\/(otp|kernel)\/.*\.test\.ts$/.test(path))
    .flatMap(([, text]) => [
      ...text.matchAll(/(?:^test\(|^\](?: as const)?\)\()\s*(?:'((?:[^'\\]|\\.)*)'|"([^"]*)")/gm),
    ])
    .concat(
      [...readTree()].flatMap(([, text]) => [
        ...text.matchAll(/^test\.each\(\[.*\](?: as const)?\)\(\s*'([^']*)'/gm),
      ]),
    )
    .map(([, single, double]) => (single ?? double ?? '').replaceAll("\\'", "'")),
)

test('the page misses no statement', () => {
  const counted = Object.fromEntries(
    Object.keys(STATEMENTS).map((area) => [area, rows.filter((row) => row.area === area).length]),
  )
  expect(counted).toEqual(STATEMENTS)
  for (const area of Object.keys(STATEMENTS)) {
    const numbers = rows.filter((row) => row.area === area).map(({ number }) => number)
    expect(numbers).toEqual(numbers.map((_number, index) => index + 1))
  }
})

test('every statement names tests, and each of them is there', () => {
  const missing = rows.flatMap(({ area, number, tests }) => {
    const named = [...tests.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '')
    if (named.length === 0) return [`${area} ${number}: no test`]
    return named.filter((name) => !titles.has(name)).map((name) => `${area} ${number}: ${name}`)
  })
  expect(missing).toEqual([])
})
