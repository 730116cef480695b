import { expect, test } from 'vitest'
import type { ProcessView } from './node.ts'
import { flattened, healings, pidsOf, rates } from './tree-diff.ts'

const process = (id: string, pid: string, children: readonly ProcessView[] = []): ProcessView => ({
  pid,
  id,
  name: null,
  kind: children.length > 0 ? 'supervisor' : 'worker',
  module: id,
  status: 'running',
  restarts: 0,
  mailbox: 0,
  handled: 0,
  started_at: null,
  children,
})
const node = (hub: ProcessView): ProcessView =>
  process('root', '<0.1.0>', [process('builds', '<0.2.0>', [process('keeper', '<0.3.0>')]), hub])

test('parents come before children, and each knows which of its ancestors were last', () => {
  const rows = flattened(node(process('hub', '<0.4.0>')))
  expect(rows.map(({ path, depth, lasts }) => [path, depth, lasts])).toEqual([
    ['root', 0, []],
    ['root/builds', 1, [false]],
    ['root/builds/keeper', 2, [false, true]],
    ['root/hub', 1, [true]],
  ])
})

const since = (before: ProcessView, after: ProcessView) => healings(pidsOf(before, new Map()), after)

test('a process with a new pid has healed; one that is still restarting has not', () => {
  const before = node(process('hub', '<0.4.0>'))
  expect(since(before, node(process('hub', '<0.9.0>')))).toEqual([
    { path: 'root/hub', id: 'hub', before: '<0.4.0>', after: '<0.9.0>' },
  ])
  expect(since(before, node({ ...process('hub', ''), status: 'restarting' }))).toEqual([])
  expect(since(before, before)).toEqual([])
})

test('a restart that was seen half-way is told once, with the pid from before', () => {
  const running = pidsOf(node(process('hub', '<0.4.0>')), new Map())
  const halfWay = pidsOf(node({ ...process('hub', ''), status: 'restarting' }), running)
  expect(healings(halfWay, node(process('hub', '<0.9.0>')))).toEqual([
    { path: 'root/hub', id: 'hub', before: '<0.4.0>', after: '<0.9.0>' },
  ])
})

test('children with the same id are told apart by their pids', () => {
  const pool = (pids: readonly string[]): ProcessView =>
    process(
      'pool',
      '<0.1.0>',
      pids.map((pid) => process('job', pid)),
    )
  expect(since(pool(['<0.5.0>', '<0.6.0>']), pool(['<0.6.0>', '<0.7.0>']))).toEqual([])
})

test('the pace is messages a second of the same process', () => {
  const before = { ...process('hub', '<0.4.0>'), handled: 10 }
  const after = { ...process('hub', '<0.4.0>'), handled: 40 }
  expect(rates(before, after, 2_000).get('<0.4.0>')).toBe(15)
  expect(rates(before, process('hub', '<0.5.0>'), 2_000).size).toBe(0)
})
