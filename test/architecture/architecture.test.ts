import { expect, test } from 'vitest'
import { explain } from './rule.ts'
import { RULES } from './rules.ts'
import { readTree, roomsIn, sourcesIn } from './tree.ts'

const tree = readTree()

test('the guard sees the tree', () => {
  expect(roomsIn(tree)).toContain('kernel')
  expect(sourcesIn(tree, 'src', 'test').length).toBeGreaterThan(20)
})

test.each(RULES)('the tree keeps this: $name', (rule) => {
  expect(rule.check(tree).map((violation) => explain(rule, violation))).toEqual([])
})
