import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRecords, printRecords } from 'tidy-csv'

const people = [
  { name: 'Ada', born: '1815' },
  { name: 'Grace, Admiral', born: '1906' },
]

test('records come and go by name', () => {
  const csv = printRecords(people)
  assert.equal(csv, 'name,born\r\nAda,1815\r\n"Grace, Admiral",1906\r\n')
  assert.deepEqual(parseRecords(csv), people)
})

test('columns that a record lacks are empty', () => {
  assert.equal(printRecords([{ a: '1' }, { b: '2' }]), 'a,b\r\n1,""\r\n"",2\r\n')
  assert.equal(printRecords([]), '')
})

test('a row of another length is refused with its line', () => {
  assert.throws(() => parseRecords('a,b\n1,2\n3\n'), { line: 3 })
})
