import { expect, test } from 'vitest'
import type { SqlValue } from './sql.ts'
import { statementOf } from './statement.ts'

const statement = (strings: TemplateStringsArray, ...values: SqlValue[]) => statementOf(strings, values)

test('each value becomes a numbered parameter', () => {
  const { text, values } = statement`select ${1} + ${2}`
  expect(text).toBe('select $1 + $2')
  expect(values).toEqual([1, 2])
})

test('equal texts share a name wherever they stand, and other texts have another', () => {
  const first = statement`select ${1}`
  const second = statement`select ${2}`
  expect(second.name).toBe(first.name)
  expect(statement`select  ${2}`.name).not.toBe(first.name)
  expect(first.name?.length).toBeLessThan(64)
})
