import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse, print } from 'tidy-csv'

test('only fields that need quotes get them', () => {
  assert.equal(print([['a', 'b c', 'd,e', 'f"g', 'h\ni', '']]), 'a,b c,"d,e","f""g","h\ni",""\r\n')
})

test('what was printed reads back', () => {
  const alphabet = ['', 'a', '"', ',', '\r\n', '\n', ' ', 'ä', '""', 'a"b', ',,']
  const rows = alphabet.flatMap((one) => alphabet.map((two) => [one, two]))
  assert.deepEqual(parse(print(rows)), rows)
  assert.deepEqual(parse(print(rows, '\t'), '\t'), rows)
})
