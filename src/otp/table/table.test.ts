import { expect, test } from 'vitest'
import { testRuntime } from '../../testing/index.ts'
import {
  anything,
  createTable,
  findTable,
  type Key,
  type TableAccess,
  type TableType,
  variable,
} from '../index.ts'

type Pair = readonly [Key, unknown]

const pairs = (type: TableType, ...rows: Pair[]) => {
  const { runtime } = testRuntime()
  const table = createTable<Pair>(runtime, { type })
  table.insertMany(rows)
  return table
}

const codeOf = (work: () => unknown): unknown => {
  try {
    work()
  } catch (error) {
    return (error as { readonly code?: string }).code
  }
  return undefined
}

test('a set holds one row a key, and a new one takes its place', () => {
  const table = pairs('set', ['a', 1], ['a', 2], ['b', 3])
  expect(table.lookup('a')).toEqual([['a', 2]])
  expect(table.size).toBe(2)
})

test('a bag holds many rows a key, equal ones once; a duplicate bag every one', () => {
  const rows: Pair[] = [
    ['a', { n: 1 }],
    ['a', { n: 2 }],
    ['a', { n: 1 }],
  ]
  expect(pairs('bag', ...rows).lookup('a')).toEqual(rows.slice(0, 2))
  expect(pairs('duplicate_bag', ...rows).lookup('a')).toEqual(rows)
})

test('keys are compared by value; only an ordered set takes 1 and 1n for the same', () => {
  const set = pairs('set', [1, 'number'], [1n, 'bigint'], ['1', 'text'], [['b', { x: 1, y: 2 }], 'compound'])
  expect(set.size).toBe(4)
  expect(set.get(['b', { y: 2, x: 1 }])).toEqual([['b', { x: 1, y: 2 }], 'compound'])
  const ordered = pairs('ordered_set', [1, 'number'], [1n, 'bigint'], ['1', 'text'])
  expect(ordered.toArray()).toEqual([
    [1n, 'bigint'],
    ['1', 'text'],
  ])
})

test('an ordered set walks in the order of terms', () => {
  const keys: Key[] = ['b', [2], true, ['a', 1], 10, null, { a: 1 }, 2n, 'a', [1, 2], [1], false, { a: 0 }]
  const table = pairs('ordered_set', ...keys.map((key): Pair => [key, 0]))
  expect(table.toArray().map(([key]) => key)).toEqual([
    2n,
    10,
    false,
    null,
    true,
    [1],
    [2],
    [1, 2],
    ['a', 1],
    { a: 0 },
    { a: 1 },
    'a',
    'b',
  ])
})

test('the key is where the options say it is', () => {
  const { runtime } = testRuntime()
  const records = createTable<{ readonly id: string; readonly n: number }>(runtime, { keyAt: 'id' })
  records.insert({ id: 'x', n: 1 })
  expect(records.get('x')).toEqual({ id: 'x', n: 1 })
  const second = createTable<readonly [number, string]>(runtime, { keyAt: 1 })
  second.insert([7, 'seven'])
  expect(second.get('seven')).toEqual([7, 'seven'])
})

test('inserting many is one step: with a key that is none, nothing is inserted', () => {
  for (const type of ['set', 'ordered_set', 'bag'] as const) {
    const table = pairs(type)
    for (const bad of [undefined, new Map(), () => 1]) {
      expect(
        codeOf(() =>
          table.insertMany([
            ['a', 1],
            [bad as never, 2],
          ]),
        ),
        type,
      ).toBe('invalid_key')
    }
    expect(table.size).toBe(0)
  }
})

test('insertNew inserts all or nothing', () => {
  const table = pairs('set', ['a', 1])
  const both: Pair[] = [
    ['b', 2],
    ['a', 3],
  ]
  expect(table.insertNewMany(both)).toBe(false)
  expect(table.toArray()).toEqual([['a', 1]])
  expect(table.insertNew(['b', 2])).toBe(true)
  expect(pairs('bag', ['a', 1]).insertNew(['a', 2])).toBe(false)
})

test('take gives the rows and removes them', () => {
  const table = pairs('bag', ['a', 1], ['a', 2], ['b', 3])
  expect(table.take('a')).toEqual([
    ['a', 1],
    ['a', 2],
  ])
  expect(table.take('a')).toEqual([])
  expect(table.size).toBe(1)
})

test('deleteObject removes the equal row, in a duplicate bag all copies', () => {
  const table = pairs('duplicate_bag', ['a', [1]], ['a', [2]], ['a', [1]])
  table.deleteObject(['a', [1]])
  expect(table.toArray()).toEqual([['a', [2]]])
  const set = pairs('set', ['a', 1])
  set.deleteObject(['a', 2])
  expect(set.has('a')).toBe(true)
})

test('lookupElement gives the field, in a bag the list, and a default instead of a refusal', () => {
  expect(pairs('set', ['a', 1]).lookupElement('a', 1)).toBe(1)
  expect(pairs('bag', ['a', 1], ['a', 2]).lookupElement('a', 1)).toEqual([1, 2])
  expect(pairs('set').lookupElement('a', 1, 'none')).toBe('none')
  expect(codeOf(() => pairs('set').lookupElement('a', 1))).toBe('no_row')
  expect(codeOf(() => pairs('set', ['a', 1]).lookupElement('a', 9 as 1))).toBe('no_such_field')
})

test('updateElement changes fields in place, but neither the key nor what is not there', () => {
  const table = pairs('set', ['a', 1])
  expect(table.updateElement('a', { 1: 2 })).toBe(true)
  expect(table.get('a')).toEqual(['a', 2])
  expect(table.updateElement('b', { 1: 2 })).toBe(false)
  expect(codeOf(() => table.updateElement('a', { 0: 'b' }))).toBe('key_changed')
  expect(codeOf(() => table.updateElement('a', { 5: 1 } as never))).toBe('no_such_field')
  expect(table.toArray()).toEqual([['a', 2]])
})

test('a counter counts, wraps at its threshold, and begins with a default', () => {
  const table = pairs('set', ['a', 8])
  expect(table.updateCounter('a', 1)).toBe(9)
  expect(table.updateCounter('a', { field: 1, by: 2, threshold: 10, reset: 1 })).toBe(1)
  expect(table.updateCounter('a', { field: 1, by: -5, threshold: -3, reset: 0 })).toBe(0)
  expect(table.updateCounter('a', { field: 1, by: 3, threshold: 3, reset: 0 })).toBe(3)
  expect(table.updateCounter('b', 5, ['default', 10])).toBe(15)
  expect(table.get('b')).toEqual(['b', 15])
})

test('a counter with several steps is one step: an error leaves the row', () => {
  const { runtime } = testRuntime()
  const table = createTable<readonly [string, number, unknown]>(runtime, {})
  table.insert(['a', 1, 'text'])
  const steps = [
    { field: 1, by: 1 },
    { field: 2, by: 1 },
  ] as const
  expect(codeOf(() => table.updateCounter('a', steps))).toBe('not_a_counter')
  expect(table.get('a')).toEqual(['a', 1, 'text'])
  expect(codeOf(() => table.updateCounter('b', 1))).toBe('no_row')
  expect(codeOf(() => table.updateCounter('a', { field: 0, by: 1 }))).toBe('not_a_counter')
  const numbers = pairs('set', [1, 1])
  expect(codeOf(() => numbers.updateCounter(1, { field: 0, by: 1 }))).toBe('key_changed')
  expect(table.updateCounter('a', [steps[0], steps[0]])).toEqual([2, 3])
})

test('counters and element updates need one row a key', () => {
  const bag = pairs('bag', ['a', 1])
  expect(codeOf(() => bag.updateCounter('a', 1))).toBe('not_for_bags')
  expect(codeOf(() => bag.updateElement('a', { 1: 2 }))).toBe('not_for_bags')
  expect(codeOf(() => bag.selectReplace({}, (row) => row))).toBe('not_for_bags')
})

interface Job {
  readonly id: number
  readonly state: 'waiting' | 'running'
  readonly at: { readonly node: string; readonly slot: number }
}

const jobs = () => {
  const { runtime } = testRuntime()
  const table = createTable<Job>(runtime, { type: 'ordered_set', keyAt: 'id' })
  for (const id of [1, 2, 3, 4, 5]) {
    table.insert({ id, state: id % 2 ? 'running' : 'waiting', at: { node: `n${id % 3}`, slot: id } })
  }
  return table
}

test('match gives what the variables stand for; one used twice must be the same term', () => {
  const found: readonly { readonly job: number; readonly where: Job['at'] }[] = jobs().match({
    id: variable('job'),
    state: 'running',
    at: variable('where'),
  })
  expect(found.map(({ job, where }) => [job, where.slot])).toEqual([
    [1, 1],
    [3, 3],
    [5, 5],
  ])
  const table = pairs('set', ['a', 'a'], ['b', 'c'], [['x'], ['x']])
  expect(table.match([variable('same'), variable('same')])).toEqual([{ same: 'a' }, { same: ['x'] }])
  expect(table.matchObject([anything, 'c'])).toEqual([['b', 'c']])
})

test('patterns reach into records, and a list pattern has the length of its list', () => {
  expect(
    jobs()
      .matchObject({ at: { node: 'n2' } })
      .map(({ id }) => id),
  ).toEqual([2, 5])
  const table = pairs('set', ['a', [1, 2]], ['b', [1]])
  expect(table.matchObject([anything, [1, anything]])).toEqual([['a', [1, 2]]])
})

test('select guards and projects; selectCount counts', () => {
  const late = { match: { state: 'running' as const }, where: ({ id }: Job) => id > 1 }
  expect(jobs().select({ ...late, give: ({ id }) => id * 10 })).toEqual([30, 50])
  expect(jobs().selectCount(late)).toBe(2)
})

test('a limit gives pages until the end, also while rows before and under the walk go', () => {
  const table = jobs()
  const first = table.selectPage({ give: ({ id }) => id }, 2)
  expect(first?.rows).toEqual([1, 2])
  table.delete(2)
  table.delete(3)
  const second = first?.next()
  expect(second?.rows).toEqual([4, 5])
  expect(second?.next()).toBeUndefined()
  expect(codeOf(() => table.selectPage({}, 0))).toBe('invalid_limit')
})

test('pages of a set go on behind rows that were removed meanwhile', () => {
  const table = pairs('set', ...[1, 2, 3, 4].map((n): Pair => [n, n]))
  const first = table.selectPage({ give: ([key]) => key }, 2)
  table.delete(2)
  table.delete(1)
  expect(first?.next()?.rows).toEqual([3, 4])
})

test('selectDelete and matchDelete remove and count, selectReplace changes all but keys', () => {
  const table = jobs()
  expect(table.matchDelete({ state: 'waiting' })).toBe(2)
  expect(table.selectReplace({ where: ({ id }) => id > 1 }, (row) => ({ ...row, state: 'waiting' }))).toBe(2)
  expect(table.selectCount({ match: { state: 'waiting' } })).toBe(2)
  expect(codeOf(() => table.selectReplace({}, (row) => ({ ...row, id: row.id + 1 })))).toBe('key_changed')
  expect(table.selectDelete({})).toBe(3)
  expect(table.size).toBe(0)
})

test('an ordered set is walked from any key, also one that is gone', () => {
  const table = jobs()
  table.delete(3)
  expect([table.firstKey(), table.nextKey(2), table.nextKey(3), table.prevKey(3)]).toEqual([1, 4, 4, 2])
  expect([table.lastKey(), table.nextKey(5), table.prevKey(1)]).toEqual([5, undefined, undefined])
})

test('a set is walked on from a removed key only while it is fixed', () => {
  const table = pairs('set', ['a', 1], ['b', 2], ['c', 3])
  table.safeFixtable(true)
  table.delete('a')
  table.delete('b')
  expect(table.info()).toMatchObject({ size: 1, fixed: true })
  expect(table.firstKey()).toBe('c')
  expect(table.nextKey('a')).toBe('c')
  table.insert(['b', 4])
  expect(table.nextKey('a')).toBe('b')
  table.safeFixtable(false)
  expect(codeOf(() => table.nextKey('a'))).toBe('no_row')
  expect(table.nextKey('b')).toBe('c')
  expect(table.lastKey()).toBe(table.firstKey())
})

test('rows are handed over by reference, or copied in and out', () => {
  const { runtime } = testRuntime()
  const row = { id: 'a', list: [1] }
  for (const copy of [false, true]) {
    const table = createTable<typeof row>(runtime, { keyAt: 'id', copy })
    table.insert(row)
    expect(table.get('a') === row).toBe(!copy)
    table.get('a')?.list.push(2)
    expect(table.get('a')?.list.length).toBe(copy ? 2 : row.list.length)
  }
})

test('a named table is found by its name, which is unique; rename moves it', () => {
  const { runtime } = testRuntime()
  const table = createTable<Pair>(runtime, { name: 'config' })
  table.insert(['a', 1])
  expect(findTable<Pair>(runtime, 'config')?.get('a')).toEqual(['a', 1])
  expect(codeOf(() => createTable<Pair>(runtime, { name: 'config' }))).toBe('table_exists')
  table.rename('settings')
  expect(findTable(runtime, 'config')).toBeUndefined()
  expect(findTable(runtime, 'settings')).toBeDefined()
  table.drop()
  expect(findTable(runtime, 'settings')).toBeUndefined()
  expect(table.info()).toBeUndefined()
  expect(codeOf(() => table.get('a'))).toBe('no_table')
})

test('only the owner writes a protected table, everybody a public one, and nobody else reads a private one', () => {
  const { runtime } = testRuntime()
  const use = (access: TableAccess): readonly unknown[] => {
    const table = createTable<Pair>(runtime, { access })
    const seen: unknown[] = []
    runtime.spawn((ctx) => {
      seen.push(
        codeOf(() => table.for(ctx).size),
        codeOf(() => table.insert(['a', 1])),
      )
    })
    return seen
  }
  const used = (['protected', 'public', 'private'] as const).map(use)
  return Promise.resolve().then(() =>
    expect(used).toEqual([
      [undefined, 'table_access'],
      [undefined, undefined],
      ['table_access', 'table_access'],
    ]),
  )
})
