import { expect, test } from 'vitest'
import type { BuildView } from '../../src/contract/index.ts'
import { exampleBuild } from '../../test/support/example-build.ts'
import { type BuildList, changed, listOf, olderPage, shown } from './build-list.ts'

const build = (id: string, minute: number, more: Partial<BuildView> = {}): BuildView =>
  exampleBuild({ id, submitted_at: `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`, ...more })
const two = [build('b', 20), build('a', 10)]
const list = (next: string | null = null): BuildList => listOf({}, { builds: two, next })
const ids = ({ rows }: BuildList): readonly string[] => rows.map(({ id }) => id)

test('a new build appears where its time belongs', () => {
  expect(ids(changed(list(), build('c', 30), false))).toEqual(['c', 'b', 'a'])
  expect(ids(changed(list(), build('c', 15), false))).toEqual(['b', 'c', 'a'])
  expect(ids(changed(list(), build('c', 5), false))).toEqual(['b', 'a', 'c'])
})

test('while held, nothing moves and the new ones wait', () => {
  const held = changed(list(), build('c', 30), true)
  expect(ids(held)).toEqual(['b', 'a'])
  expect(held.waiting.size).toBe(1)
  expect(ids(shown(held))).toEqual(['c', 'b', 'a'])
  expect(shown(held).waiting.size).toBe(0)
})

test('a waiting build that changes again is counted once and shown as it is now', () => {
  const held = changed(changed(list(), build('c', 30), true), build('c', 30, { state: 'building' }), true)
  expect(held.waiting.size).toBe(1)
  expect(shown(held).rows[0]?.state).toBe('building')
})

test('a row that leaves the filter goes at once, but not while held', () => {
  const pending = listOf({ state: 'pending' }, { builds: two, next: null })
  const started = build('b', 20, { state: 'building' })
  expect(ids(changed(pending, started, false))).toEqual(['a'])
  const held = changed(pending, started, true)
  expect(held.rows.map(({ state }) => state)).toEqual(['building', 'pending'])
  expect(ids(shown(held))).toEqual(['a'])
})

test('a waiting build that leaves the filter waits no more', () => {
  const pending = listOf({ state: 'pending' }, { builds: two, next: null })
  const waiting = changed(pending, build('c', 30), true)
  expect(changed(waiting, build('c', 30, { state: 'cancelled' }), true).waiting.size).toBe(0)
})

test('builds the filter keeps out and builds of older pages are left alone', () => {
  expect(
    ids(changed(listOf({ platform: 'ios' }, { builds: [], next: null }), build('c', 30), false)),
  ).toEqual([])
  expect(ids(changed(list('cursor'), build('c', 5), false))).toEqual(['b', 'a'])
})

test('an older page goes below, without those that are there already', () => {
  const longer = olderPage(list('cursor'), { builds: [build('a', 10), build('z', 1)], next: null })
  expect(ids(longer)).toEqual(['b', 'a', 'z'])
  expect(longer.next).toBeNull()
})
