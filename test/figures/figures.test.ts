import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withFigures } from '../../bench/figures-table.ts'
import { answer } from '../../bench/harness.ts'
import { RESULTS, type Result } from '../../bench/result.ts'
import { ROOT } from '../architecture/tree.ts'

const PAGE =
  '# House\n<!-- figures, written by npm run bench:figures -->\nold\n<!-- end of figures -->\nend\n'

const result = (answers: Result['answers']): Result => ({
  bench: 'pace',
  about: 'Who is faster?',
  machine: { cpu: 'Abacus', cores: 1, memory_gb: 2, node: 'v20', platform: 'wood' },
  rounds: 3,
  absent: [{ name: 'snail', because: 'still on its way' }],
  answers,
})

/** One contender's samples, one after the other. */
const taking = (name: string, ...samples: readonly number[]) => {
  const left = [...samples]
  return { name, sample: () => left.shift() ?? Number.NaN }
}

test('medians of samples taken in turns, and ours against each', async () => {
  const order: number[] = []
  const contenders = [taking('ours', 9, 1, 5), taking('theirs', 2, 10, 2.5)] as const
  const { contenders: measured } = await answer(
    { title: 'pace', unit: 'm/s', better: 'more', contenders: [...contenders] },
    3,
    async (side) => {
      order.push(side)
      return contenders[side]?.sample() ?? Number.NaN
    },
  )
  expect(order).toEqual([0, 1, 0, 1, 0, 1])
  expect(measured).toMatchObject([
    { name: 'ours', median: 5, min: 1, max: 9, ratio: 1 },
    { name: 'theirs', median: 2.5, min: 2, max: 10, ratio: 2 },
  ])
})

test('a sample that was lost does not count', async () => {
  const contenders = [taking('ours', 4, 4, 4), taking('theirs', 1, Number.NaN, 2)] as const
  const { contenders: measured } = await answer(
    { title: 'pace', unit: 'm/s', better: 'more', contenders: [...contenders] },
    3,
    async (side) => contenders[side]?.sample() ?? Number.NaN,
  )
  expect(measured[1]).toMatchObject({ median: 2, min: 1, max: 2, ratio: 2 })
})

test('the table says who is how many times better, whichever way is better, and who is absent', () => {
  const ours = { name: 'ours', median: 2_000_000, min: 1, max: 1, ratio: 1 }
  const page = withFigures(PAGE, [
    result([
      {
        title: 'pace',
        unit: 'm/s',
        better: 'more',
        target: 1_000_000,
        references: [{ name: 'BEAM', value: 500_000 }],
        contenders: [ours, { name: 'hare', note: 'sleeps', median: 0, min: 0, max: 0, ratio: Infinity }],
        load: 2.5,
      },
      {
        title: 'weight',
        unit: 'g',
        better: 'less',
        contenders: [
          { ...ours, median: 100 },
          { name: 'hare', median: 250, min: 1, max: 1, ratio: 0.4 },
        ],
        load: 1,
      },
    ]),
  ])
  expect(page).toContain('| pace | **2 M** m/s | ≥ 1 M | hare 0 · BEAM 500 k (4×) |')
  expect(page).toContain('| weight | **100** g |  | hare 250 (2.5×) |')
  expect(page).toContain('Abacus, 1 cores (load 1 to 2.5)')
  expect(page).toContain('- hare: sleeps\n- snail is absent: still on its way')
  expect([page.startsWith('# House\n<!--'), page.endsWith('-->\nend\n'), page.includes('old')]).toEqual([
    true,
    true,
    false,
  ])
})

test('a page without marks is refused', () => {
  expect(() => withFigures('# House', [])).toThrow(/no marks/)
})

test('the page of figures shows the results that are stored', () => {
  const results = readdirSync(RESULTS)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(RESULTS, file), 'utf8')) as Result)
  const page = readFileSync(join(ROOT, 'docs/reference/figures.md'), 'utf8')
  expect(results.length).toBeGreaterThan(0)
  expect(page, 'run npm run bench:figures').toBe(withFigures(page, results))
})
