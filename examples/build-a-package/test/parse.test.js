import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CsvError, parse } from 'tidy-csv'

const cases = [
  ['', []],
  [
    'a,b\r\nc,d\r\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  [
    'a,b\nc,d',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  ['"a,b","c""d"\n', [['a,b', 'c"d']]],
  ['"two\r\nlines",x', [['two\r\nlines', 'x']]],
  [',', [['', '']]],
  [
    'a,\n,b\n',
    [
      ['a', ''],
      ['', 'b'],
    ],
  ],
  ['\n\n', [[''], ['']]],
  ['""', [['']]],
  ['a"b,c', [['a"b', 'c']]],
]

for (const [csv, rows] of cases) {
  test(`${JSON.stringify(csv)} is read`, () => assert.deepEqual(parse(csv), rows))
}

test('another separator', () => assert.deepEqual(parse('a;b,c', ';'), [['a', 'b,c']]))

test('an open quote is refused with its line', () => {
  assert.throws(
    () => parse('a\nb,"c\nd'),
    (error) => error instanceof CsvError && error.line === 2,
  )
})

test('text behind a closed quote is refused', () => {
  assert.throws(() => parse('"a"b'), { name: 'CsvError', message: 'Text behind a closed quote in line 1' })
})
